"""The file of flags: written whole, and read again by a running service when it changes."""

import fcntl
import logging
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.errors import StartupError
from orchestrator.rollout.flags import Flags, Source, WrittenFlags, dump, parse, sources
from orchestrator.whole_files import write_whole

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0
_MOST_BYTES = 64 * 1024
_Version = tuple[int, int, int] | None
"""Tells whether a file is another one; None: there is none."""


class FlagsFile:
    """The flags in force, over those that are `configured`; these alone until there is a file.

    A file that can't be read, that asks for a legacy ranker that is not there, or that is gone
    changes nothing: the flags of the last good one stay.
    """

    def __init__(
        self, path: Path, configured: Flags, *, has_legacy: bool, clock_s: Callable[[], float]
    ) -> None:
        """Raises StartupError for flags that are none, or that can't be followed."""
        self.path = path
        self.has_legacy = has_legacy
        self._configured = configured
        self._clock_s = clock_s
        self._looked_at_s = clock_s()
        try:
            self._version, self._written, self._flags = self._read()
        except ValueError as exc:
            raise StartupError(f"the flags of the settings and of {path}: {exc}") from exc
        self._problem: str | None = None

    @property
    def flags(self) -> Flags:
        """Those in force; the file is looked at once a second, at most."""
        self._look()
        return self._flags

    @property
    def sources(self) -> dict[str, Source]:
        """Where each of the flags comes from."""
        self._look()
        return sources(self._written, self._configured)

    @property
    def problem(self) -> str | None:
        """Why the file as it is now is not followed; None where it is."""
        self._look()
        return self._problem

    def _look(self) -> None:
        if self._clock_s() < self._looked_at_s + _LOOK_EVERY_S:
            return
        self._looked_at_s = self._clock_s()
        try:
            if self._problem is None and _version(self.path) == self._version:
                return
            version, written, flags = self._read()
            if version is None and self._version is not None:
                raise ValueError("it is gone; write it anew, or restart to follow the settings")
        except ValueError as exc:
            if str(exc) != self._problem:
                self._problem = str(exc)
                _LOG.error("the flags of %s stay %s: %s", self.path, self._flags, exc)
            return
        if flags != self._flags or self._problem:
            _LOG.warning("the flags of %s are now %s", self.path, flags)
        self._version, self._written, self._flags = version, written, flags
        self._problem = None

    def _read(self) -> tuple[_Version, WrittenFlags, Flags]:
        # In this order, so that what is written meanwhile is seen at the next look.
        version = _version(self.path)
        written = read_flags(self.path)
        flags = written.over(self._configured)
        check_legacy(flags, has_legacy=self.has_legacy)
        return version, written, flags


def read_flags(path: Path) -> WrittenFlags:
    """What is written; nothing where there is no file. ValueError says what is wrong with it."""
    try:
        with open(path, "rb", opener=_open) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ValueError("it is no regular file")
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return WrittenFlags()
    except OSError as exc:
        raise ValueError(f"it can't be read: {exc.strerror}") from exc
    if len(data) > _MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_BYTES // 1024} kB")
    return parse(data.decode())


def _open(path: str, how: int) -> int:
    """A pipe that nobody writes is not waited for."""
    return os.open(path, how | os.O_NONBLOCK)


def check_legacy(flags: Flags, *, has_legacy: bool) -> None:
    """ValueError for flags that ask for the legacy ranker where there is none."""
    if flags.need_legacy and not has_legacy:
        raise ValueError(
            f"{flags} need the legacy ranker, which is off: set FEEDLENS_LEGACY__READ=true"
        )


@contextmanager
def changing(path: Path) -> Iterator[Callable[[WrittenFlags], None]]:
    """Hold the file against other writers; what is given replaces it at once. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lambda flags: write_whole(path, dump(flags).encode())


def _version(path: Path) -> _Version:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise ValueError(f"it can't be read: {exc.strerror}") from exc
    return found.st_ino, found.st_mtime_ns, found.st_size
