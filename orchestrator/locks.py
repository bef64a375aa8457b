"""One at a time for each key."""

import asyncio
from weakref import WeakValueDictionary


class Locks:
    """A lock for each key, for as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Lock:
        """The lock of `key`, for `async with`."""
        return self._locks.setdefault(key, asyncio.Lock())
