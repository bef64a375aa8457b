"""The memory of processes and of those that they start, at its highest while a block runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAMPLE_S = 0.02


@dataclass
class Peak:
    """Megabytes; `started_mb` is of the largest process that was started and ended meanwhile."""

    long_lived_mb: float = 0.0
    started_mb: float = 0.0
    together_mb: float = 0.0


@contextmanager
def memory_peak(*process_ids: int) -> Iterator[Peak]:
    """What these processes and those below them take of memory at most, files mapped included.

    Processes that are there at the start count by what is resident at a moment, later ones by the
    most that they had so far, which the kernel keeps.
    """
    peak, ended = Peak(), threading.Event()
    at_first = _family(process_ids)

    def sample() -> None:
        while not ended.is_set():
            _sample(peak, at_first, process_ids)
            ended.wait(_SAMPLE_S)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def resident_mb(*process_ids: int) -> float:
    """What these processes and those below them have in memory now."""
    return sum(_of(process_id, "VmRSS:") for process_id in _family(process_ids))


def _sample(peak: Peak, at_first: set[int], process_ids: tuple[int, ...]) -> None:
    now = _family(process_ids)
    long_lived_mb = sum(_of(process_id, "VmRSS:") for process_id in now & at_first)
    # Between fork and exec a child is a copy of its parent, which it shares.
    started_mb = sum(_of(one, "VmHWM:") for one in now - at_first if _is_decoder(one))
    peak.long_lived_mb = max(peak.long_lived_mb, long_lived_mb)
    peak.started_mb = max(peak.started_mb, started_mb)
    peak.together_mb = max(peak.together_mb, long_lived_mb + started_mb)


def _is_decoder(process_id: int) -> bool:
    with suppress(OSError):
        return b"decoding" in Path(f"/proc/{process_id}/cmdline").read_bytes()
    return False


def _family(process_ids: tuple[int, ...]) -> set[int]:
    found = set(process_ids)
    for process_id in process_ids:
        with suppress(psutil.NoSuchProcess):
            found |= {one.pid for one in psutil.Process(process_id).children(recursive=True)}
    return found


def _of(process_id: int, name: str) -> float:
    """A figure of its status in MB; 0 where it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1000
    return 0.0
