"""Calls that are made again when their failure may pass."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from orchestrator.store.served.parameters import QdrantParameters

T = TypeVar("T")


async def persist(
    call: Callable[[], Awaitable[T]],
    parameters: QdrantParameters,
    may_pass: Callable[[Exception], bool],
) -> T:
    """The answer of the first attempt that gives one, or the last attempt's error.

    An attempt that takes longer than `timeout_s` is cancelled and counts as failed; none begins
    that could not end before `deadline_s`. Writes are repeated too: their ids are stable.
    """
    give_up_at_s = time.monotonic() + parameters.deadline_s
    for attempt in range(parameters.retries + 1):
        left_s = give_up_at_s - time.monotonic()
        try:
            return await asyncio.wait_for(call(), min(parameters.timeout_s, left_s))
        except Exception as exc:
            # Full jitter, so that those who failed together do not come back together.
            pause_s = random.uniform(0, parameters.pause_s * 2**attempt)  # noqa: S311
            late = time.monotonic() + pause_s >= give_up_at_s
            if attempt == parameters.retries or late or not may_pass(exc):
                raise
        await asyncio.sleep(pause_s)
    raise AssertionError
