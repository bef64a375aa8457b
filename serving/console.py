"""What the launcher shows while it waits: a live line on a terminal, else a line now and then."""

import sys
from collections.abc import Sequence
from typing import TextIO

_PLAIN_EVERY_S = 5.0
_CLEAR_LINE = "\r\x1b[2K"


class WaitingLine:
    """Prints `waiting for: clip_image, ocr (12 s)` as the start goes on."""

    def __init__(self, out: TextIO = sys.stderr) -> None:
        self._out = out
        self._live = out.isatty()
        self._next_plain_s = 2.0
        self._shown = ""

    def __call__(self, waiting: Sequence[str], elapsed_s: float) -> None:
        """Shows the models that are waited for."""
        line = f"waiting for: {', '.join(waiting)} ({elapsed_s:.0f} s)"
        if not waiting or line == self._shown:
            return
        if self._live:
            self._out.write(f"{_CLEAR_LINE}{line}")
            self._shown = line
        elif elapsed_s >= self._next_plain_s:
            self._out.write(f"{line}\n")
            self._next_plain_s = elapsed_s + _PLAIN_EVERY_S
        self._out.flush()

    def clear(self) -> None:
        """Takes the live line away, so that another can stand in its place."""
        if self._live and self._shown:
            self._out.write(_CLEAR_LINE)
            self._out.flush()
            self._shown = ""
