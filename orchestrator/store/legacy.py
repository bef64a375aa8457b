"""The collection of the ViT-only system, as the old system left it and goes on writing it.

Its points have ids and payloads that were not chosen here, and no index that can be relied on.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timezone
from typing import Any

import numpy as np
from cachetools import LRUCache

from orchestrator.errors import InvalidRequest
from orchestrator.store.collection import Collection, Point, Where
from orchestrator.store.legacy_payloads import (
    LegacyKeys,
    media_id_of,
    payload_with,
    post_from_payload,
)
from orchestrator.store.payloads import point_id
from orchestrator.store.records import BrokenPoint, LegacyPost, Neighbour, Vector

LEGACY = "media_embeddings"
UNNAMED = ""
"""The name of the one vector of its points."""
DATED = 20_000
"""Points, at most, of which the newest are found where no date is indexed."""
_DATED_FOR_S = 60.0
_PAGE = 1000
_DIRECTORY = 200_000
_UNIT_TOLERANCE = 1e-3
_NO_DATE = datetime.min.replace(tzinfo=timezone.utc)


class LegacyPosts:
    """`LegacyStore` over a collection; where points share a media id, the first counts.

    `date_index` is the key of a payload's date that the collection has an index of. Without one,
    `newest` looks at the first `DATED` points, once a minute.
    """

    def __init__(
        self,
        collection: Collection,
        keys: LegacyKeys,
        dimension: int,
        *,
        date_index: str | None = None,
    ) -> None:
        self._collection = collection
        self._keys = keys
        self._dimension = dimension
        self._date_index = date_index
        self._points: LRUCache[str, str] = LRUCache(_DIRECTORY)
        self._dated: tuple[float, list[str]] | None = None
        self._roots = _roots(keys)
        self._id_roots = sorted({key.partition(".")[0] for key in keys.media_id})

    async def put(self, posts: Sequence[LegacyPost]) -> None:
        """See `LegacyStore`."""
        for post in posts:
            self._check(post)
        before = await self._locate([post.media_id for post in posts])
        await self._collection.put([self._point(post, before.get(post.media_id)) for post in posts])

    async def get(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, LegacyPost]:
        """See `LegacyStore`."""
        vectors = (UNNAMED,) if with_vectors else ()
        points = await self._locate(media_ids, fields=self._roots, vectors=vectors)
        posts = {
            media_id: self._read(point, with_vectors=with_vectors)
            for media_id, point in points.items()
        }
        return {key: post for key, post in posts.items() if isinstance(post, LegacyPost)}

    async def delete(self, media_id: str) -> bool:
        """See `LegacyStore`."""
        found = await self._search([media_id], fields=self._id_roots)
        own = await self._collection.get([point_id(media_id)], fields=self._id_roots)
        ids = {point.id for point in (*found, *own) if self._is_of(point, media_id)}
        self._points.pop(media_id, None)
        return bool(ids) and bool(await self._collection.delete(sorted(ids)))

    async def count(self) -> int:
        """See `LegacyStore`."""
        return await self._collection.count()

    async def nearest(self, vector: Vector, *, limit: int) -> list[Neighbour]:
        """See `LegacyStore`."""
        depth = limit
        while True:
            found = await self._collection.nearest(
                UNNAMED, vector, limit=depth, fields=self._id_roots
            )
            cosines: dict[str, float] = {}
            for payload, cosine in found:
                media_id = media_id_of(payload, self._keys)
                if media_id is not None:
                    cosines.setdefault(media_id, min(1.0, max(-1.0, cosine)))
            if len(cosines) >= limit or len(found) < depth:
                return [Neighbour(*each) for each in cosines.items()][:limit]
            # Some are no posts, or one post again.
            depth *= 2

    async def newest(self, *, limit: int) -> list[str]:
        """See `LegacyStore`; posts without a date come last, or not at all."""
        if self._date_index is None:
            return (await self._by_date())[:limit]
        points = await self._collection.highest(
            self._date_index, limit=limit, fields=self._id_roots
        )
        media_ids = (media_id_of(point.payload, self._keys) for point in points)
        return list(dict.fromkeys(media_id for media_id in media_ids if media_id is not None))

    async def scan(
        self, after: str | None, *, limit: int, with_vectors: bool = False
    ) -> tuple[list[LegacyPost | BrokenPoint], str | None]:
        """See `LegacyStore`."""

        def read(point: Point) -> LegacyPost | BrokenPoint:
            return self._read(point, with_vectors=with_vectors)

        return await self._collection.scan(
            after,
            limit=limit,
            fields=self._roots,
            vectors=(UNNAMED,) if with_vectors else (),
            read=read,
        )

    async def close(self) -> None:
        """See `LegacyStore`."""
        await self._collection.close()
