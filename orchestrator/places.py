"""Work of which few goes on at once; what is beyond waits, as long as it has time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from orchestrator.deadline import Deadline
from orchestrator.errors import Unavailable


class Places:
    """So many places; `full` makes the error of what waited for one in vain."""

    def __init__(self, count: int, full: Callable[[], Unavailable]) -> None:
        self._free = asyncio.Semaphore(count)
        self._full = full

    @asynccontextmanager
    async def one(self, deadline: Deadline) -> AsyncIterator[None]:
        """Hold a place; raises what `full` makes where none becomes free before the deadline."""
        if not await self._taken(deadline):
            raise self._full()
        try:
            yield
        finally:
            self._free.release()

    async def _taken(self, deadline: Deadline) -> bool:
        # The error is not passed on: from Python 3.12 on it refers to the task that waited, which
        # keeps what it was for, such as an upload, until the collector comes.
        try:
            return await asyncio.wait_for(self._free.acquire(), deadline.remaining_s)
        except asyncio.TimeoutError:
            return False
