"""The newest posts of a collection whose dates may be indexed, or not, or some of them."""

import asyncio
import heapq
import logging
import time
from collections.abc import Iterable
from datetime import datetime, timezone

from cachetools import LRUCache

from orchestrator.background import Background
from orchestrator.errors import StoreUnavailable
from orchestrator.store.collection import Collection, Point, Where
from orchestrator.store.legacy.payloads import LegacyKeys, created_at_of, media_id_of, roots

_LOG = logging.getLogger(__name__)

SCANNED = 20_000
"""Points, at most, among which those are looked for that no index has: those of least id."""
KEPT_S = 60.0
"""How old what such a scan found may be before it is looked for anew, in the background."""
_PAGE = 2000
_WRITTEN = 1000
"""Latest posts written here that are named whatever a scan found."""
_EVER = "0001-01-01T00:00:00Z"
_LAST = datetime.min.replace(tzinfo=timezone.utc)

_Dated = tuple[str, datetime | None]


class NewestFirst:
    """Media ids by falling date, those without one last.

    What the index of the payload's key `index` has is found by it. Where that is not every
    point, as old dates may be numbers, under other keys or missing, a scan finds others beside.
    """

    def __init__(
        self,
        collection: Collection,
        keys: LegacyKeys,
        index: str | None,
        *,
        scanned: int = SCANNED,
    ) -> None:
        self._collection = collection
        self._scanned = scanned
        self._keys = keys
        self._index = index
        self._fields = roots(keys, "media_id", "created_at")
        self._written: LRUCache[str, datetime | None] = LRUCache(_WRITTEN)
        self._others: list[_Dated] | None = None
        self._looked_at_s = float("-inf")
        self._looking: asyncio.Task[None] | None = None
        self._background = Background()
        self._is_told = False

    def note(self, media_id: str, created_at: datetime | None) -> None:
        """Name a post that was written just now."""
        self._written[media_id] = created_at

    def forget(self, media_id: str) -> None:
        """Take back `note`."""
        self._written.pop(media_id, None)

    async def media_ids(self, limit: int) -> list[str]:
        """The newest `limit`."""
        sources = [
            await self._indexed(self._index, limit) if self._index is not None else [],
            await self._not_indexed(),
            _sorted(self._written.items()),
        ]
        found: dict[str, None] = {}
        for media_id, _ in heapq.merge(*sources, key=_age_order, reverse=True):
            if len(found) == limit:
                break
            found.setdefault(media_id)
        return list(found)

    async def close(self) -> None:
        """End what runs in the background."""
        await self._background.close()

    async def _indexed(self, index: str, limit: int) -> list[_Dated]:
        depth = limit
        while True:
            points = await self._collection.highest(index, limit=depth, fields=self._fields)
            found: dict[str, datetime | None] = {}
            for media_id, created_at in filter(None, map(self._dated, points)):
                found.setdefault(media_id, created_at)
            if len(found) >= limit or len(points) < depth:
                return _sorted(found.items())
            depth *= 2

    async def _not_indexed(self) -> list[_Dated]:
        """What a scan found within the last `KEPT_S` seconds, or a little earlier."""
        if self._looking is None and time.monotonic() - self._looked_at_s > KEPT_S:
            self._looking = self._background.start(self._look())
        if self._others is None and self._looking is not None:
            # It goes on for the next one where this one may wait no longer.
            await asyncio.shield(self._looking)
        return self._others or []

    async def _look(self) -> None:
        try:
            self._others = [] if await self._is_all_indexed() else await self._scan()
            self._looked_at_s = time.monotonic()
        except StoreUnavailable as exc:
            if self._others is None:
                raise
            _LOG.warning("the newest legacy posts are those of before: %s", exc.detail)
        finally:
            self._looking = None

    async def _is_all_indexed(self) -> bool:
        if self._index is None:
            return False
        dated = Where(not_before={self._index: _EVER})
        return await self._collection.count(dated) == await self._collection.count()

    async def _scan(self) -> list[_Dated]:
        found: dict[str, datetime | None] = {}
        start: str | None = None
        for first in range(0, self._scanned, _PAGE):
            limit = min(_PAGE, self._scanned - first)
            page, start = await self._collection.scan(
                start, limit=limit, fields=self._fields, read=self._dated
            )
            found.update(each for each in page if each is not None)
            if start is None:
                break
        if start is not None and not self._is_told:
            self._is_told = True
            _LOG.warning(
                "not all dates of the legacy collection are indexed (%s), and it has more than "
                "%s points: of those that are not, the newest are looked for among the %s of "
                "least id",
                self._index or "none",
                f"{self._scanned:,}",
                f"{self._scanned:,}",
            )
        return _sorted(found.items())

    def _dated(self, point: Point) -> _Dated | None:
        media_id = media_id_of(point.payload, self._keys)
        return None if media_id is None else (media_id, created_at_of(point.payload, self._keys))


def _age_order(each: _Dated) -> tuple[datetime, str]:
    media_id, created_at = each
    return created_at or _LAST, media_id


def _sorted(found: Iterable[_Dated]) -> list[_Dated]:
    return sorted(found, key=_age_order, reverse=True)
