"""Triton's log file, handed on line by line while the server runs."""

import re
import threading
from collections.abc import Callable
from pathlib import Path

_POLL_S = 0.2
_LEVEL = re.compile(r"^(?P<level>[IWEF])\d{4} \S+ +\d+ \S+\] (?P<message>.*)$")
# Said on every machine without a GPU, where nothing is wrong.
_NO_GPU = re.compile(r"CUDA|Cuda|NVML|DCGM|pinned")
# Said of an ensemble while a part of it is recovered, which the launcher tells in its own words.
_PART_AWAY = re.compile(r"^Invalid argument: ensemble \S+ contains models that are not available")


def notable(line: str) -> str | None:
    """The message of a warning or an error in Triton's log; None for any other line."""
    found = _LEVEL.match(line)
    if found is None or found["level"] == "I" or _NO_GPU.search(line):
        return None
    message = found["message"].strip('"')
    return None if _PART_AWAY.match(message) else message


class LogTail:
    """Follows a log file in a thread and gives lines to a sink.

    Args:
        path: the file, which must exist.
        sink: takes one line without its end.
        everything: whether all lines are handed on, or warnings and errors from `unmute` on.
    """

    def __init__(self, path: Path, sink: Callable[[str], None], *, everything: bool) -> None:
        self._path = path
        self._sink = sink
        self._everything = everything
        self._muted = not everything
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="triton-log", daemon=True)
        self._thread.start()

    def unmute(self) -> None:
        """Hands on warnings and errors from now on: during the start, one reason is enough."""
        self._muted = False

    def stop(self) -> None:
        """Hands on what is left, and ends."""
        self._stop.set()
        self._thread.join()

    def _follow(self) -> None:
        with self._path.open(encoding="utf-8", errors="replace") as file:
            while True:
                last_round = self._stop.is_set()
                for line in file:
                    self._hand_on(line.rstrip("\n"))
                if last_round:
                    return
                self._stop.wait(_POLL_S)

    def _hand_on(self, line: str) -> None:
        message = line if self._everything else notable(line)
        if message is not None and not self._muted:
            self._sink(message)
