"""How far a run is: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable
from typing import NoReturn, TextIO

from tqdm import tqdm

from orchestrator.runs.outcome import Outcome

_BAR = (
    "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}, {rate_fmt}, {remaining} left{postfix}"
)
_LINE = "{desc}: {n_fmt} of {total_fmt}, {rate_fmt}, {remaining} left{postfix}"
_UNIT = " posts"


class Progress:
    """Shows what is left to do; what was there before is not counted in, as it takes no time."""

    def __init__(
        self,
        total: int,
        stream: TextIO,
        *,
        title: str,
        interval_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`total` posts; `interval_s` lies between two lines."""
        self._title = title
        self._total = total
        self._stream = stream
        self._interval_s = interval_s
        self._clock = clock
        self._began_at_s = self._told_at_s = clock()
        self._count = self._failed = 0
        self._bar = _bar(total, stream, title) if stream.isatty() else None

    def tell(self, outcome: Outcome) -> None:
        """Note an outcome."""
        if outcome.kind == "known":
            self._total = max(0, self._total - 1)
        else:
            self._count += 1
            self._failed += outcome.kind == "failed"
        if self._bar is not None:
            self._bar.total = self._total
            self._bar.set_postfix_str(self._postfix(), refresh=False)
            self._bar.update(outcome.kind != "known")
        elif self._clock() - self._told_at_s >= self._interval_s:
            self._told_at_s = self._clock()
            self._stream.write(f"{self.line()}\n")
            self._stream.flush()

    def line(self) -> str:
        """Where it stands, in words."""
        return tqdm.format_meter(
            self._count,
            self._total,
            self._clock() - self._began_at_s,
            prefix=self._title,
            unit=_UNIT,
            postfix=self._postfix(),
            bar_format=_LINE,
        )

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()

    def _postfix(self) -> str:
        return f"{self._failed} failed" if self._failed else ""


def _bar(total: int, stream: TextIO, title: str) -> "tqdm[NoReturn]":
    # No thread beside the event loop to keep an idle bar fresh.
    tqdm.monitor_interval = 0
    return tqdm(total=total, desc=title, unit=_UNIT, file=stream, bar_format=_BAR, smoothing=0.1)
