"""The cache of one process."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cachetools import TLRUCache


@dataclass(frozen=True, slots=True)
class _Entry:
    value: bytes
    ttl_s: float


class ProcessCache:
    """`Cache` in this process's memory: the least recently used of `entries` is dropped first."""

    backend = "process"
    is_shared = False

    def __init__(self, entries: int, timer: Callable[[], float] = time.monotonic) -> None:
        """`timer` tells seconds."""
        self._entries: TLRUCache[str, _Entry] = TLRUCache(
            entries, lambda _, entry, now_s: now_s + entry.ttl_s, timer
        )

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """See `Cache`."""
        return [self._get(key) for key in keys]

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """See `Cache`."""
        self._put(key, value, ttl_s)

    async def exchange(self, values: Mapping[str, bytes], *, ttl_s: float) -> list[bytes | None]:
        """See `Cache`."""
        former = [self._get(key) for key in values]
        for key, value in values.items():
            self._put(key, value, ttl_s)
        return former

    async def get_or_put(self, values: Mapping[str, bytes], *, ttl_s: float) -> list[bytes]:
        """See `Cache`."""
        kept = []
        for key, value in values.items():
            there = self._get(key)
            if there is None:
                self._put(key, value, ttl_s)
            kept.append(value if there is None else there)
        return kept

    async def close(self) -> None:
        """See `Cache`."""
        self._entries.clear()

    def _get(self, key: str) -> bytes | None:
        entry = self._entries.get(key)
        return entry.value if entry else None

    def _put(self, key: str, value: bytes, ttl_s: float) -> None:
        if self._entries.maxsize:
            self._entries[key] = _Entry(value, ttl_s)
