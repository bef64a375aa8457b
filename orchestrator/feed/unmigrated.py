"""Posts that are only in the ViT-only system's collection yet, for feeds that show them too."""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from orchestrator.errors import LeftAlone, StoreUnavailable
from orchestrator.feed.believed_dates import believed
from orchestrator.store.protocol import LegacyReads, Store
from orchestrator.store.records import LegacyPost, Vector

_LOG = logging.getLogger(__name__)

DEEPEST = 1000
"""Posts of the collection that one question looks through, at most, for some that are left."""
NEWEST_FOR_S = 10.0
"""How long the newest are those that were found: all viewers are asked about the same ones."""


class Unmigrated:
    """What of the legacy collection is not in the store.

    Where the collection does not answer, there is nothing left of it: feeds go on without, and
    the log says so. Its posts have no dates to come.
    """

    def __init__(self, legacy: LegacyReads, store: Store, now: Callable[[], datetime]) -> None:
        self._legacy = legacy
        self._store = store
        self._now = now
        self._newest: list[str] = []
        self._newest_limit = 0
        self._newest_until_s = float("-inf")

    async def near(self, vector: Vector, *, limit: int) -> list[str]:
        """Media ids by falling cosine with the unit `vector` [d_legacy]."""

        async def ask(depth: int) -> list[str]:
            found = await self._legacy.nearest(vector, limit=depth)
            return [neighbour.media_id for neighbour in found]

        return await self._left(ask, limit) or []

    async def newest(self, *, limit: int) -> list[str]:
        """Media ids by falling date, as they stood within the last `NEWEST_FOR_S` seconds."""
        if limit > self._newest_limit or time.monotonic() > self._newest_until_s:
            newest = await self._left(lambda depth: self._legacy.newest(limit=depth), limit)
            if newest is None:
                return []
            self._newest = newest
            self._newest_limit = limit
            self._newest_until_s = time.monotonic() + NEWEST_FOR_S
        return self._newest[:limit]

    async def posts(self, media_ids: Sequence[str]) -> dict[str, LegacyPost]:
        """Those that the collection has, with their vectors, whether or not they are migrated."""
        try:
            found = await self._legacy.get(media_ids, with_vectors=True) if media_ids else {}
        except StoreUnavailable as exc:
            _tell(exc)
            return {}
        now = self._now()
        return {media_id: believed(post, now) for media_id, post in found.items()}

    async def authors(self, media_ids: Sequence[str]) -> dict[str, str | None]:
        """Who made those that the collection has; None where it does not say."""
        try:
            found = await self._legacy.get(media_ids) if media_ids else {}
        except StoreUnavailable as exc:
            _tell(exc)
            return {}
        return {media_id: post.author_id for media_id, post in found.items()}

    async def _left(
        self, ask: Callable[[int], Awaitable[list[str]]], limit: int
    ) -> list[str] | None:
        """Ask ever deeper until `limit` of what is found are not in the store; None: no answer."""
        depth = limit
        while True:
            try:
                found = await ask(depth)
            except StoreUnavailable as exc:
                _tell(exc)
                return None
            stored = await self._store.get_posts(found) if found else {}
            left = [media_id for media_id in found if media_id not in stored]
            if len(left) >= limit or len(found) < depth or depth >= DEEPEST:
                return left[:limit]
            depth = min(4 * depth, DEEPEST)


def _tell(exc: StoreUnavailable) -> None:
    if isinstance(exc, LeftAlone):
        return
    _LOG.warning("feeds go on without the legacy collection: %s", exc.detail)
