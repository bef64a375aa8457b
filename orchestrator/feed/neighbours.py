"""What lies near a viewer's interests, kept for a short while: a scan reads every vector."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from orchestrator.background import Background
from orchestrator.errors import FeedlensError
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.store.protocol import Store
from orchestrator.store.records import Modality, Vector
from ranking.types import Interest, Taste, Viewer

_LOG = logging.getLogger(__name__)
Space = Modality | Literal["legacy"]
"""Whose vectors are compared; "legacy" are those of the posts that are only in its collection."""
_Key = tuple[Space, int]

_FEWEST_PER_INTEREST = 20

_DEEPEST = 4000
"""Posts that one source looks through, at most, for some that are not known to the viewer."""


@dataclass(frozen=True, slots=True)
class _Found:
    media_ids: list[str]
    at: datetime
    is_all: bool


class Neighbours:
    """Posts near the interests of one viewer."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        ttl_s: float,
        background: Background,
        legacy: Unmigrated | None = None,
    ) -> None:
        self._store = store
        self._now = now
        self._ttl_s = ttl_s
        self._background = background
        self._legacy = legacy
        self._found: dict[_Key, _Found] = {}
        self._locks: dict[_Key, asyncio.Lock] = {}
        self._refreshing: set[_Key] = set()

    async def near_interests(
        self, viewer: Viewer, *, per_source: int, known: AbstractSet[str]
    ) -> list[tuple[Space, int, list[str]]]:
        """For each interest: its space, how many posts are wanted, and media ids near it.

        `per_source` posts a space are shared out by the interests' weights; all that are wanted
        are not `known`, as far as there are such.
        """
        tastes: tuple[tuple[Space, Taste], ...] = (
            ("visual", viewer.visual),
            ("text", viewer.text),
            ("legacy", viewer.legacy if self._legacy else Taste()),
        )
        asks = [
            (space, index, interest.vector, wanted)
            for space, taste in tastes
            for index, (interest, wanted) in enumerate(
                zip(taste.interests, _shares(taste.interests, per_source), strict=True)
            )
        ]
        found = await asyncio.gather(
            *(
                self.near(space, index, vector, wanted=wanted, known=known)
                for space, index, vector, wanted in asks
            )
        )
        return [
            (space, wanted, media_ids)
            for (space, _, _, wanted), media_ids in zip(asks, found, strict=True)
        ]

    async def near(
        self,
        space: Space,
        index: int,
        vector: Vector,
        *,
        wanted: int,
        known: AbstractSet[str],
    ) -> list[str]:
        """Media ids by falling cosine with interest number `index`, `wanted` of them not known.

        What was found longer ago than the time to live, or is half known by now, is answered once
        more, and looked for again in the background; where hardly any is new, it is waited for.
        """
        key = (space, index)
        kept = self._found.get(key)
        if kept is None or not _is_enough(kept, wanted // 4, known):
            return await self._look(key, vector, wanted, known)
        is_old = (self._now() - kept.at).total_seconds() > self._ttl_s
        is_due = is_old or not _is_enough(kept, wanted // 2, known)
        if is_due and key not in self._refreshing:
            self._refreshing.add(key)
            self._background.start(self._refresh(key, vector, wanted, known))
        return kept.media_ids

    async def _look(
        self, key: _Key, vector: Vector, wanted: int, known: AbstractSet[str]
    ) -> list[str]:
        before = self._found.get(key)
        async with self._locks.setdefault(key, asyncio.Lock()):
            kept = self._found.get(key)
            if kept is None or kept is before:
                media_ids, is_all = await first_unknown(
                    lambda limit: self._ask(key[0], vector, limit), wanted=wanted, known=known
                )
                kept = self._found[key] = _Found(media_ids, self._now(), is_all)
            return kept.media_ids

    async def _refresh(
        self, key: _Key, vector: Vector, wanted: int, known: AbstractSet[str]
    ) -> None:
        try:
            await self._look(key, vector, wanted, known)
        except FeedlensError as exc:
            _LOG.warning("a viewer's neighbours could not be looked for: %s", exc.detail)
        finally:
            self._refreshing.discard(key)

    async def _ask(self, space: Space, vector: Vector, limit: int) -> list[str]:
        if space == "legacy":
            return await self._legacy.near(vector, limit=limit) if self._legacy else []
        neighbours = await self._store.nearest(space, vector, limit=limit)
        return [neighbour.media_id for neighbour in neighbours]


def _is_enough(found: _Found, least: int, known: AbstractSet[str]) -> bool:
    """Whether the viewer has not got to know all but `least` of them since."""
    unknown = sum(media_id not in known for media_id in found.media_ids)
    return found.is_all or unknown >= max(1, least)


def _shares(interests: Sequence[Interest], per_source: int) -> list[int]:
    """How many posts to look for near each interest: by its weight, with a least number."""
    total = sum(interest.weight for interest in interests)
    return [
        min(per_source, max(_FEWEST_PER_INTEREST, round(per_source * interest.weight / total)))
        for interest in interests
    ]


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
