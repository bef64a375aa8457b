"""Waiting for models and stores that are away, for a while."""

import asyncio
import itertools
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from orchestrator.errors import Unavailable
from orchestrator.runs.errors import GaveUp, Stopped

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_MAX_PAUSE_S = 30.0
_SUSPICIOUS_ATTEMPTS = 6


class Patience:
    """Tries again what is unavailable, at growing and random distances."""

    def __init__(self, patience_s: float, is_well: Callable[[], Awaitable[bool]]) -> None:
        """`is_well` says whether models and stores answer others."""
        self._patience_s = patience_s
        self._is_well = is_well
        self._ended = asyncio.Event()

    async def through(self, call: Callable[[], Awaitable[T]]) -> T:
        """The answer of `call`, as soon as it has one.

        Raises Unavailable where this call alone fails again and again while others are answered,
        GaveUp where nothing is answered for `patience_s`, Stopped after `end`.
        """
        give_up_at_s = time.monotonic() + self._patience_s
        for attempt in itertools.count(1):
            try:
                return await call()
            except Unavailable as exc:
                if attempt >= _SUSPICIOUS_ATTEMPTS and await self._is_well():
                    raise
                left_s = give_up_at_s - time.monotonic()
                if left_s <= 0:
                    raise GaveUp(f"{exc.detail}, for {self._patience_s:g} s") from exc
                _LOG.info("waiting, %.0f s more at most: %s", left_s, exc.detail)
                await self._pause(min(left_s, _pause_s(exc.retry_after_s, attempt)))
        raise AssertionError

    def end(self) -> None:
        """Wait no more."""
        self._ended.set()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._ended.wait(), seconds)
        except asyncio.TimeoutError:
            return
        raise Stopped("stopped while waiting")


def _pause_s(least_s: float, attempt: int) -> float:
    longest_s = min(_MAX_PAUSE_S, least_s * 2**attempt)
    return random.uniform(least_s, max(least_s, longest_s))  # noqa: S311
