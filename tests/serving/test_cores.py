"""The real core count: affinity, and the CPU quota of either version of cgroups."""

import os
from pathlib import Path

import pytest

from serving.cores import core_count, cpu_quota


@pytest.fixture
def affinity() -> int:
    return len(os.sched_getaffinity(0))


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def memberships(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "cgroup"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.mark.parametrize(
    ("text", "quota"), [("150000 100000\n", 1.5), ("max 100000\n", None), ("50000 100000\n", 0.5)]
)
def test_a_quota_of_version_2(text: str, quota: float | None, tmp_path: Path) -> None:
    write(tmp_path / "fs/app/web", cpu__max=text)
    assert cpu_quota(tmp_path / "fs", memberships(tmp_path, "0::/app/web")) == quota


def test_the_nearest_limit_of_the_ancestors_counts(tmp_path: Path) -> None:
    write(tmp_path / "fs/app/web", cpu__max="400000 100000")
    write(tmp_path / "fs/app", cpu__max="300000 100000")
    assert cpu_quota(tmp_path / "fs", memberships(tmp_path, "0::/app/web")) == 3.0


@pytest.mark.parametrize("mounted_at", ["cpu,cpuacct", "cpu"])
def test_a_quota_of_version_1(mounted_at: str, tmp_path: Path) -> None:
    """A container sees its own group as the root, and the host's path in /proc."""
    write(tmp_path / "fs" / mounted_at, cpu__cfs_quota_us="250000", cpu__cfs_period_us="100000")
    own = memberships(tmp_path, "5:memory:/docker/1", "4:cpu,cpuacct:/docker/1", "0::/")
    assert cpu_quota(tmp_path / "fs", own) == 2.5


def test_no_quota_of_version_1_is_none(tmp_path: Path) -> None:
    write(tmp_path / "fs/cpu", cpu__cfs_quota_us="-1", cpu__cfs_period_us="100000")
    assert cpu_quota(tmp_path / "fs", memberships(tmp_path, "1:cpu:/")) is None


def test_a_system_without_cgroups_has_no_quota(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path / "fs", tmp_path / "nothing") is None


def test_a_part_of_a_core_is_rounded_up(tmp_path: Path, affinity: int) -> None:
    own = memberships(tmp_path, "0::/")
    for quota_us, cores in ((100, 1), (100_000, 1), (100_001, 2), (10_000_000, affinity)):
        write(tmp_path / "fs", cpu__max=f"{quota_us} 100000")
        assert core_count(tmp_path / "fs", own) == min(cores, affinity)


def test_without_a_quota_the_affinity_counts(tmp_path: Path, affinity: int) -> None:
    assert core_count(tmp_path / "fs", tmp_path / "nothing") == affinity
