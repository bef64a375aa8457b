"""How many cores this process may really use: the kernel's count, its affinity, its quota."""

import math
import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")


def core_count(cgroups: Path = _CGROUPS, own_cgroup: Path = _OWN_CGROUP) -> int:
    """The cores of the affinity mask, or fewer where a cgroup's CPU quota allows fewer.

    A quota of a part of a core is rounded up, so that it is never lost; the least is 1.

    Args:
        cgroups: where the cgroup file systems are mounted.
        own_cgroup: this process's line in them, as `/proc/self/cgroup` shows it.
    """
    cores = len(os.sched_getaffinity(0))
    quota = cpu_quota(cgroups, own_cgroup)
    return cores if quota is None else max(1, min(cores, math.ceil(quota)))


def cpu_quota(cgroups: Path = _CGROUPS, own_cgroup: Path = _OWN_CGROUP) -> float | None:
    """Cores' worth of CPU time that the cgroup and its ancestors allow; None without a limit."""
    quotas = [
        quota
        for controllers, path in _memberships(own_cgroup)
        for folder in _folders(cgroups, controllers, path)
        if (quota := _quota_of(folder)) is not None
    ]
    return min(quotas, default=None)


def _memberships(own_cgroup: Path) -> list[tuple[str, str]]:
    """(controllers, path) a hierarchy; version 2 has no controllers here."""
    try:
        lines = own_cgroup.read_text("utf-8").splitlines()
    except OSError:
        return []
    fields = [line.split(":", 2) for line in lines]
    return [(parts[1], parts[2]) for parts in fields if len(parts) == 3]  # noqa: PLR2004


def _folders(cgroups: Path, controllers: str, path: str) -> list[Path]:
    """The cgroup's folder and its ancestors'; a container sees its own as the root."""
    if controllers and "cpu" not in controllers.split(","):
        return []
    roots = [cgroups / controllers, cgroups / "cpu"] if controllers else [cgroups]
    own = Path(path.lstrip("/"))
    return [root / folder for root in roots for folder in (own, *own.parents)]


def _quota_of(folder: Path) -> float | None:
    """The quota that one folder sets, of either version."""
    try:
        if (folder / "cpu.max").is_file():
            quota, period = (folder / "cpu.max").read_text("utf-8").split()
        else:
            quota = (folder / "cpu.cfs_quota_us").read_text("utf-8")
            period = (folder / "cpu.cfs_period_us").read_text("utf-8")
        return int(quota) / int(period) if int(quota) > 0 else None
    except (OSError, ValueError, ZeroDivisionError):
        # No such file, or "max": no limit here.
        return None
