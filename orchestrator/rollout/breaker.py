"""A circuit breaker: what keeps failing is left alone for a while (Nygard, Release It!, 2007)."""

from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half_open"]


class Breaker:
    """Opens after `failures` in a row; `open_s` later it lets one attempt through, to see."""

    def __init__(self, failures: int, open_s: float, clock_s: Callable[[], float]) -> None:
        self._limit = failures
        self._open_s = open_s
        self._clock_s = clock_s
        self._failed = 0
        self._opened_at_s: float | None = None
        self._is_trying = False
        self._era = 0

    @property
    def state(self) -> State:
        """closed: all attempts are let through; half_open: one is; open: none."""
        if self._opened_at_s is None:
            return "closed"
        return "open" if self.retry_in_s > 0 else "half_open"

    @property
    def retry_in_s(self) -> float:
        """How long it stays open; 0 where it is not."""
        if self._opened_at_s is None:
            return 0.0
        return max(0.0, self._opened_at_s + self._open_s - self._clock_s())

    def admit(self) -> int | None:
        """A number with which to tell how an attempt ended; None: make none."""
        if self.state != "closed":
            if self._is_trying or self.state == "open":
                return None
            self._is_trying = True
        return self._era

    def succeeded(self, attempt: int) -> None:
        """The attempt was answered."""
        if attempt == self._era:
            self._failed, self._opened_at_s, self._is_trying = 0, None, False

    def failed(self, attempt: int) -> None:
        """The attempt failed. What was let through before the last opening says nothing."""
        if attempt != self._era:
            return
        self._failed += 1
        if self._is_trying or self._failed >= self._limit:
            self._failed, self._opened_at_s, self._is_trying = 0, self._clock_s(), False
            self._era += 1

    def withdrawn(self, attempt: int) -> None:
        """The attempt ended without saying anything."""
        if attempt == self._era:
            self._is_trying = False
