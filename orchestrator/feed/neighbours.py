"""What lies near a viewer's interests, kept for a short while: a scan reads every vector."""

import asyncio
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from orchestrator.store.protocol import Store
from orchestrator.store.records import Modality, Vector

_DEEPEST = 4000
"""Posts that one source looks through, at most, for some that are not known to the viewer."""


@dataclass(frozen=True, slots=True)
class _Found:
    media_ids: list[str]
    at: datetime
    is_all: bool


class Neighbours:
    """Posts near the interests of one viewer."""

    def __init__(self, store: Store, now: Callable[[], datetime], ttl_s: float) -> None:
        self._store = store
        self._now = now
        self._ttl_s = ttl_s
        self._found: dict[tuple[Modality, int], _Found] = {}
        self._locks: dict[tuple[Modality, int], asyncio.Lock] = {}

    async def near(
        self,
        modality: Modality,
        index: int,
        vector: Vector,
        *,
        wanted: int,
        known: AbstractSet[str],
    ) -> list[str]:
        """Media ids by falling cosine with interest number `index`, `wanted` of them not known."""
        key = (modality, index)
        async with self._locks.setdefault(key, asyncio.Lock()):
            kept = self._found.get(key)
            if kept is None or not self._is_good(kept, wanted, known):
                media_ids, is_all = await first_unknown(
                    lambda limit: self._ask(modality, vector, limit), wanted=wanted, known=known
                )
                kept = self._found[key] = _Found(media_ids, self._now(), is_all)
            return kept.media_ids

    def _is_good(self, found: _Found, wanted: int, known: AbstractSet[str]) -> bool:
        if (self._now() - found.at).total_seconds() > self._ttl_s:
            return False
        # Half of what is wanted will do until then; the viewer has got to know the others since.
        unknown = sum(media_id not in known for media_id in found.media_ids)
        return found.is_all or unknown >= max(1, wanted // 2)

    async def _ask(self, modality: Modality, vector: Vector, limit: int) -> list[str]:
        neighbours = await self._store.nearest(modality, vector, limit=limit)
        return [neighbour.media_id for neighbour in neighbours]


async def first_unknown(
    ask: Callable[[int], Awaitable[list[str]]], *, wanted: int, known: AbstractSet[str]
) -> tuple[list[str], bool]:
    """Ask a source ever deeper until `wanted` of its posts are not `known`.

    Answers all that it named, and whether there are no more to be had.
    """
    limit = wanted + min(len(known), wanted)
    while True:
        found = await ask(limit)
        unknown = sum(media_id not in known for media_id in found)
        is_all = len(found) < limit or limit >= _DEEPEST
        if unknown >= wanted or is_all:
            return found, is_all
        limit = min(4 * limit, _DEEPEST)
