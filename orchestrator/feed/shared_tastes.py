"""Viewers' tastes that several orchestrators share, and the news of each other's events."""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from cachetools import LRUCache

from orchestrator.caching.cache import Cache, CacheUnavailable, key_of
from orchestrator.caching.counts import Counts
from orchestrator.caching.envelope import seal, unseal
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.taste_blob import KeptTaste, taste_bytes, taste_from
from orchestrator.feed.tastes import News
from orchestrator.store.records import Schema
from ranking.viewer import TasteParameters

_VERSION_BYTES = 8
_PARTS = ("seen", "taste")
"""Of `_Version`, by name."""


@dataclass(frozen=True, slots=True)
class _Version:
    """Changes with every event of a viewer, and with every event that counts for the taste."""

    seen: bytes
    taste: bytes


class SharedTastes:
    """`Tastes` in a cache that several processes share.

    Each keeps in mind the version of a viewer's events that it has heeded; a version is drawn at
    random, so that one which was dropped and made again is another one.
    """

    def __init__(
        self,
        cache: Cache,
        schema: Schema,
        parameters: FeedParameters,
        taste: TasteParameters,
        now: Callable[[], datetime],
        *,
        with_legacy: bool = False,
    ) -> None:
        """`with_legacy`: tastes are of the legacy collection's vectors too."""
        self.counts = Counts()
        self._cache = cache
        self._maker = _maker(schema, parameters, taste, with_legacy=with_legacy)
        self._ttl_s = parameters.profile_ttl_s
        self._now = now
        self._heeded: LRUCache[str, _Version] = LRUCache(parameters.max_profiles)
        # What nobody could be told while the cache was away.
        self._untold: LRUCache[str, bool] = LRUCache(parameters.max_profiles)

    async def news(self, user_id: str) -> News:
        """See `Tastes`; none while the cache is away."""
        try:
            current = await self._version(user_id)
        except CacheUnavailable:
            self.counts.errors += 1
            return News.NONE
        heeded = self._heeded.get(user_id)
        if heeded == current:
            return News.NONE
        self._heeded[user_id] = current
        return News.SEEN if heeded and heeded.taste == current.taste else News.TASTE

    def version_of(self, user_id: str) -> bytes | None:
        """See `Tastes`."""
        heeded = self._heeded.get(user_id)
        return heeded.taste if heeded else None

    async def find(self, user_id: str, version: bytes | None) -> KeptTaste | None:
        """See `Tastes`."""
        found = None if version is None else await self._find(user_id, version)
        if found is None:
            self.counts.misses += 1
        else:
            self.counts.hits += 1
        return found

    async def keep(self, user_id: str, version: bytes | None, taste: KeptTaste) -> None:
        """See `Tastes`."""
        if version is None:
            return
        key = key_of("taste", self._maker, user_id)
        try:
            await self._cache.put(key, seal(taste_bytes(taste, version)), ttl_s=self._ttl_s)
        except CacheUnavailable:
            self.counts.errors += 1

    async def announce(self, strong: Mapping[str, bool]) -> None:
        """See `Tastes`; what can't be said now is said with the next events."""
        untold = dict(self._untold)
        self._untold.clear()
        told = {
            one: strong.get(one, False) or untold.get(one, False) for one in {**untold, **strong}
        }
        drawn = [
            (user_id, part, secrets.token_bytes(_VERSION_BYTES))
            for user_id, is_strong in told.items()
            for part in (_PARTS if is_strong else _PARTS[:1])
        ]
        values = {_version_key(part, user_id): new for user_id, part, new in drawn}
        try:
            former = await self._cache.exchange(values, ttl_s=2 * self._ttl_s)
        except CacheUnavailable:
            self.counts.errors += 1
            self._untold.update(told)
            return
        for (user_id, part, new), old in zip(drawn, former, strict=True):
            heeded = self._heeded.get(user_id)
            # If another process said something first, it is news here.
            if heeded and getattr(heeded, part) == old:
                self._heeded[user_id] = replace(heeded, **{part: new})

    async def _version(self, user_id: str) -> _Version:
        keys = [_version_key(part, user_id) for part in _PARTS]
        found = await self._cache.get_many(keys)
        if None in found:
            drawn = {key: secrets.token_bytes(_VERSION_BYTES) for key in keys}
            return _Version(*await self._cache.get_or_put(drawn, ttl_s=2 * self._ttl_s))
        return _Version(*(part or b"" for part in found))

    async def _find(self, user_id: str, version: bytes) -> KeptTaste | None:
        try:
            (value,) = await self._cache.get_many([key_of("taste", self._maker, user_id)])
            if value is None:
                return None
            taste, heeds = taste_from(unseal(value))
        except CacheUnavailable:
            self.counts.errors += 1
            return None
        except ValueError:
            # Bytes that we did not write are as good as none.
            return None
        is_young = self._now() - taste.built_at < timedelta(seconds=self._ttl_s)
        return taste if heeds == version and is_young else None


def _version_key(part: str, user_id: str) -> str:
    return key_of("version", part, user_id)


def _maker(
    schema: Schema, parameters: FeedParameters, taste: TasteParameters, *, with_legacy: bool
) -> str:
    """What a taste depends on besides the viewer's events."""
    told = [dict(schema.fingerprints), asdict(taste), parameters.max_history, with_legacy]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
