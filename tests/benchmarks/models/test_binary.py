"""Finding perf_analyzer; that it starts is proven where it measures, in test_main.py."""

import os
from pathlib import Path

import pytest

from benchmarks.models.binary import find_binary
from benchmarks.models.errors import BenchmarkError


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache that was filled before, with a program that starts where its libraries are."""
    program(tmp_path / "cache/tritonclient-2.47.0/perf_analyzer", 'ls "$LD_LIBRARY_PATH"')
    return tmp_path / "cache"


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    folder = tmp_path / "libraries"
    folder.mkdir()
    (folder / "libb64-98cb6333.so.0d").touch()
    (folder / "libcudart-09529672.so.12.6.77").touch()
    return folder


def test_one_that_starts_is_taken_from_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = program(tmp_path / "bin/perf_analyzer", "exit 0")
    monkeypatch.setenv("PATH", str(mine.parent), prepend=os.pathsep)
    assert find_binary(tmp_path / "cache").path == mine


def test_one_that_does_not_start_is_passed_over(
    cache: Path, libraries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = program(tmp_path / "bin/perf_analyzer", "echo GLIBC_2.38 not found; exit 1")
    monkeypatch.setenv("PATH", str(broken.parent), prepend=os.pathsep)
    binary = find_binary(cache, libraries)
    assert binary.path.parent == cache / "tritonclient-2.47.0"
    listed = binary.run("--version", timeout_s=5).stdout.split()
    assert {"libb64.so.0d", "libcudart.so.12"} <= set(listed)


def test_a_library_that_is_missing_is_named(cache: Path, libraries: Path) -> None:
    (libraries / "libb64-98cb6333.so.0d").unlink()
    with pytest.raises(BenchmarkError, match=r"needs libb64\.so\.0d"):
        find_binary(cache, libraries)


def test_a_registry_that_is_away_is_told_in_one_line(
    tmp_path: Path, libraries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(BenchmarkError) as caught:
        find_binary(tmp_path / "cache", libraries)
    assert "tritonclient==2.47.0, which carries perf_analyzer, can't be had" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "cache/tritonclient-2.47.0").exists()
