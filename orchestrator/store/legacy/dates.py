"""The newest posts of a collection whose dates may be indexed, or not."""

import time
from datetime import datetime

from orchestrator.store.collection import Collection, Point
from orchestrator.store.legacy.payloads import LegacyKeys, created_at_of, media_id_of, roots

SCANNED = 20_000
"""Points, at most, of which the newest are found where no date is indexed: those of least id."""
KEPT_S = 60.0
"""How long what such a scan found is good for."""
_PAGE = 2000


class NewestFirst:
    """Media ids by falling date: by the index of the payload's key `index`, else by a scan.

    Posts without a date that can be read are left out.
    """

    def __init__(self, collection: Collection, keys: LegacyKeys, index: str | None) -> None:
        self._collection = collection
        self._keys = keys
        self._index = index
        self._fields = roots(keys, "media_id", "created_at")
        self._found: list[str] = []
        self._found_at_s = float("-inf")

    async def media_ids(self, limit: int) -> list[str]:
        """The newest `limit`."""
        if self._index is not None:
            return await self._indexed(self._index, limit)
        if time.monotonic() - self._found_at_s > KEPT_S:
            self._found = await self._scan()
            self._found_at_s = time.monotonic()
        return self._found[:limit]

    async def _indexed(self, index: str, limit: int) -> list[str]:
        depth = limit
        while True:
            points = await self._collection.highest(index, limit=depth, fields=self._fields)
            named = (media_id_of(point.payload, self._keys) for point in points)
            found = list(dict.fromkeys(name for name in named if name is not None))
            if len(found) >= limit or len(points) < depth:
                return found[:limit]
            depth *= 2

    async def _scan(self) -> list[str]:
        dated: dict[str, datetime] = {}
        start: str | None = None
        for _ in range(SCANNED // _PAGE):
            page, start = await self._collection.scan(
                start, limit=_PAGE, fields=self._fields, read=self._dated
            )
            dated.update(each for each in page if each is not None)
            if start is None:
                break
        return sorted(dated, key=lambda media_id: (dated[media_id], media_id), reverse=True)

    def _dated(self, point: Point) -> tuple[str, datetime] | None:
        media_id = media_id_of(point.payload, self._keys)
        created_at = created_at_of(point.payload, self._keys)
        return None if media_id is None or created_at is None else (media_id, created_at)
