"""A gate that lets only so many threads of all models compute at once as there are cores.

Every model has threads for all cores, so together they have several times as many: on 2 cores,
four extractions at once take half as long when executions wait for a core than when they share it.
A core is a file that its holder locks: the kernel unlocks it when a process dies, however it dies.
The launcher makes the files; where there are none, the gate is open.
"""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ENVIRONMENT_NAME = "FEEDLENS_CORE_GATE"
# More threads than a gate has cores.
ALL_CORES = 1_000_000

# What usually takes less goes before what takes more, so that a text does not wait for pictures.
_SHORT_S = 0.05
# What takes more is no longer passed by after this.
_PASSED_BY_S = 0.5
# An execution goes ahead without a core after this: a process that hangs with a core in its hand
# stops no other. Less than the launcher's `canary_timeout_s`, for which who waits here seems idle.
_PATIENCE_S = 1.5
_POLL_S = 0.004
_POLL_FIRST_IN_LINE_S = 0.001
_RECENT = 0.2


def write_gate(folder: Path, cores: int) -> dict[str, str]:
    """Makes the files of a gate of so many cores; the environment that tells models of it."""
    folder.mkdir(parents=True)
    for number in range(cores):
        (folder / f"core-{number:04}").touch()
    (folder / "line").touch()
    return {ENVIRONMENT_NAME: str(folder.resolve())}


class CoreGate:
    """One process's way through the gate; used by one thread at a time.

    Args:
        folder: what `write_gate` has filled; None for a gate that is open.
    """

    def __init__(self, folder: Path | None) -> None:
        self._cores: Sequence[IO[bytes]] = []
        if folder is not None:
            self._cores = [path.open("rb") for path in sorted(folder.glob("core-*"))]
            # Held by who takes cores: nobody takes one of several that another waits for.
            self._line = (folder / "line").open("rb")
        self._usual_s = 0.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "CoreGate":
        """The gate that the launcher has made, or an open one."""
        folder = environment.get(ENVIRONMENT_NAME)
        return cls(Path(folder) if folder else None)

    @contextmanager
    def hold(self, threads: int) -> Iterator[int]:
        """Waits for a core for each thread, and holds them; yields how many it got."""
        held = self._wait(min(threads, len(self._cores)))
        start_s = time.monotonic()
        try:
            yield len(held)
        finally:
            for core in held:
                fcntl.flock(core, fcntl.LOCK_UN)
            took_s = time.monotonic() - start_s
            self._usual_s += _RECENT * (took_s - self._usual_s) if self._usual_s else took_s

    def close(self) -> None:
        """Gives back what is held and closes the files; the gate is open then."""
        for core in self._cores:
            core.close()
        if self._cores:
            self._line.close()
        self._cores = []

    def _wait(self, wanted: int) -> list[IO[bytes]]:
        held: list[IO[bytes]] = []
        start_s = time.monotonic()
        in_line = False
        while len(held) < wanted:
            in_line = in_line or _try_lock(self._line)
            if in_line:
                held += self._free_cores(wanted - len(held), held)
            waited_s = time.monotonic() - start_s
            if len(held) == wanted or waited_s > _PATIENCE_S:
                break
            if in_line and not self._stays_in_line(waited_s):
                for core in held:
                    fcntl.flock(core, fcntl.LOCK_UN)
                held.clear()
                fcntl.flock(self._line, fcntl.LOCK_UN)
                in_line = False
            time.sleep(_POLL_FIRST_IN_LINE_S if in_line else _POLL_S)
        if in_line:
            fcntl.flock(self._line, fcntl.LOCK_UN)
        return held

    def _free_cores(self, wanted: int, held: Sequence[IO[bytes]]) -> list[IO[bytes]]:
        """Locks up to `wanted` cores beside those that are held."""
        found: list[IO[bytes]] = []
        for core in self._cores:
            if len(found) == wanted:
                break
            if core not in held and _try_lock(core):
                found.append(core)
        return found

    def _stays_in_line(self, waited_s: float) -> bool:
        return self._usual_s < _SHORT_S or waited_s > _PASSED_BY_S


def _try_lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
