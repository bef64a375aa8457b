"""What the models said of the same content before."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from orchestrator.caching.cache import Cache, CacheUnavailable, key_of
from orchestrator.caching.counts import Counts
from orchestrator.caching.envelope import seal, unseal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """One kind of answers: its name in keys, how long it is kept, and how it is written.

    `decode` raises ValueError for bytes that `encode` never wrote.
    """

    name: str
    ttl_s: float
    encode: Callable[[T], bytes]
    decode: Callable[[bytes], T]


@dataclass(frozen=True, slots=True)
class _Found(Generic[T]):
    """An answer that was kept; it may be None."""

    answer: T


class Memo(Generic[T]):
    """Answers of one kind. Failures are not kept; a cache that is away is a miss."""

    def __init__(self, cache: Cache, kind: Kind[T]) -> None:
        self._cache = cache
        self._kind = kind
        self.counts = Counts()

    async def get(self, maker: str, content_hash: str, ask: Callable[[], Awaitable[T]]) -> T:
        """What the model with the fingerprint `maker` says, from before or from `ask`."""
        key = key_of(self._kind.name, maker, content_hash)
        found = await self._find(key)
        if found is not None:
            self.counts.hits += 1
            return found.answer
        self.counts.misses += 1
        answer = await ask()
        await self._keep(key, answer)
        return answer

    async def get_many(
        self,
        maker: str,
        content_hashes: Sequence[str],
        ask: Callable[[Sequence[int]], Awaitable[Sequence[T]]],
    ) -> list[T]:
        """What it says of several contents; `ask` is for those that are not known, at once.

        It is given their positions in `content_hashes`, and not called for none.
        """
        keys = [key_of(self._kind.name, maker, each) for each in content_hashes]
        found = await self._find_many(keys)
        missing = [position for position, each in enumerate(found) if each is None]
        self.counts.hits += len(found) - len(missing)
        self.counts.misses += len(missing)
        answers = {i: each.answer for i, each in enumerate(found) if each is not None}
        if missing:
            for position, answer in zip(missing, await ask(missing), strict=True):
                answers[position] = answer
                await self._keep(keys[position], answer)
        return [answers[position] for position in range(len(keys))]

    async def _find(self, key: str) -> _Found[T] | None:
        (found,) = await self._find_many([key])
        return found

    async def _find_many(self, keys: Sequence[str]) -> list[_Found[T] | None]:
        try:
            return [self._read(value) for value in await self._cache.get_many(keys)]
        except CacheUnavailable:
            self.counts.errors += 1
            return [None] * len(keys)

    def _read(self, value: bytes | None) -> _Found[T] | None:
        try:
            return None if value is None else _Found(self._kind.decode(unseal(value)))
        except ValueError:
            # Bytes that we did not write are as good as none.
            return None

    async def _keep(self, key: str, answer: T) -> None:
        try:
            await self._cache.put(key, seal(self._kind.encode(answer)), ttl_s=self._kind.ttl_s)
        except CacheUnavailable:
            self.counts.errors += 1
