"""What the models said of the same content before."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from cachetools import LRUCache

T = TypeVar("T")


class Memo(Generic[T]):
    """Answers by key, the least recently used dropped first; failures are not kept.

    For one event loop. `hits` and `misses` count the questions.
    """

    def __init__(self, entries: int) -> None:
        self._answers: LRUCache[Hashable, T] = LRUCache(entries)
        self.hits = 0
        self.misses = 0

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer for `key`, from before or from `ask`."""
        if key in self._answers:
            self.hits += 1
            return self._answers[key]
        self.misses += 1
        answer = await ask()
        if self._answers.maxsize:
            self._answers[key] = answer
        return answer
