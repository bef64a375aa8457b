"""A queue: little of its work goes on at once, the rest waits, and not too much of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestrator.deadline import Deadline
from orchestrator.errors import Unavailable
from orchestrator.places import Places


class Queue:
    """`what` is in it, at most `length` of it, of which `at_once` have their turn."""

    def __init__(self, what: str, *, at_once: int, length: int) -> None:
        self._what = what
        self._turns = Places(at_once, self._full)
        self._length = length
        self._taken = 0

    @asynccontextmanager
    async def turn(self, deadline: Deadline) -> AsyncIterator[None]:
        """Raises Unavailable where the queue is full, or the turn does not come in time."""
        if self._taken >= self._length:
            raise self._full()
        self._taken += 1
        try:
            async with self._turns.one(deadline):
                yield
        finally:
            self._taken -= 1

    def _full(self) -> Unavailable:
        return Unavailable(f"{self._taken} {self._what} are in work; try again shortly")
