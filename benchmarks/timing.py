"""Times as they are reported: milliseconds at a percentile, over single calls."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np

WARMUP = 2
"""Calls that are not counted."""


@dataclass(frozen=True)
class Timing:
    """Wall times of single calls, in milliseconds."""

    name: str
    times_ms: tuple[float, ...]

    @property
    def p50_ms(self) -> float:
        """The median."""
        return float(np.percentile(self.times_ms, 50))

    @property
    def p99_ms(self) -> float:
        """The 99th percentile; with fewer than 100 calls, near the slowest."""
        return float(np.percentile(self.times_ms, 99))


def measure(
    name: str, call: Callable[[int], object], *, calls: int, warmup: int = WARMUP
) -> Timing:
    """Time `call(number)`; numbers let a call avoid caches, those of the warm-up are negative."""
    for number in range(-warmup, 0):
        call(number)
    times = []
    for number in range(calls):
        start = time.perf_counter()
        call(number)
        times.append((time.perf_counter() - start) * 1000)
    return Timing(name, tuple(times))


async def measure_async(
    name: str, call: Callable[[int], Awaitable[object]], *, calls: int, warmup: int = WARMUP
) -> Timing:
    """`measure` for a coroutine function."""
    for number in range(-warmup, 0):
        await call(number)
    times = []
    for number in range(calls):
        start = time.perf_counter()
        await call(number)
        times.append((time.perf_counter() - start) * 1000)
    return Timing(name, tuple(times))
