"""The collection of the ViT-only system, as the old system left it and goes on writing it.

Its points have ids and payloads that were not chosen here, and no index that can be relied on.
"""

from collections.abc import Iterable, Mapping, Sequence

from cachetools import LRUCache

from orchestrator.store.collection import Collection, IndexKind, Point, Where
from orchestrator.store.legacy.dates import NewestFirst
from orchestrator.store.legacy.payloads import (
    LegacyKeys,
    author_id_of,
    media_id_of,
    payload_changed,
    roots,
)
from orchestrator.store.legacy.points import UNNAMED, LegacyPoints
from orchestrator.store.payloads import point_id
from orchestrator.store.protocol import LegacyChange
from orchestrator.store.records import BrokenPoint, LegacyPost, Neighbour, Vector
from orchestrator.store.vectors import bounded

LEGACY_POSTS = "media_embeddings"
_PAGE = 1000
_PLACES = 200_000
_MAX_NUMBER = 2**63 - 1
"""The greatest integer of a payload that an engine can look for."""


def legacy_indexes(keys: LegacyKeys) -> dict[str, IndexKind]:
    """Of the payloads of a collection that is made here; without them every look-up is a scan."""
    indexes: dict[str, IndexKind] = dict.fromkeys(keys.media_id, "keyword")
    return {**indexes, keys.created_at[0]: "datetime"}


class LegacyPosts:
    """`LegacyStore` over a collection; points that share a media id are one post.

    Of these one is read: that found last by likeness, else that of an upload, else the first by
    its id. A write leaves one of them, a deletion none.
    """

    def __init__(
        self,
        collection: Collection,
        keys: LegacyKeys,
        dimension: int,
        *,
        date_index: str | None = None,
    ) -> None:
        """`date_index`: the key of the payloads' dates that the collection has an index of."""
        self._collection = collection
        self._keys = keys
        self._points = LegacyPoints(keys, dimension)
        self._newest = NewestFirst(collection, keys, date_index)
        self._places: LRUCache[str, str] = LRUCache(_PLACES)
        self._fields = roots(keys)
        self._id_fields = roots(keys, "media_id")
        self._author_fields = roots(keys, "media_id", "author_id")

    async def put(self, posts: Sequence[LegacyPost]) -> None:
        """See `LegacyStore`."""
        for post in posts:
            self._points.check(post)
        before = await self._all([post.media_id for post in posts])
        points: list[Point] = []
        others: list[str] = []
        for post in posts:
            there = before.get(post.media_id, [])
            points.append(self._points.make(post, there[0] if there else None))
            others += [point.id for point in there[1:]]
            self._places[post.media_id] = points[-1].id
        await self._collection.put(points)
        for post in posts:
            self._newest.note(post.media_id, post.created_at)
        if others:
            await self._collection.delete(others)

    async def change(self, media_id: str, changes: Mapping[LegacyChange, object]) -> bool:
        """See `LegacyStore`."""
        before = (await self._locate([media_id], fields=self._fields)).get(media_id)
        if before is None:
            return False
        payload = payload_changed(before.payload, changes, self._keys)
        changed = {
            name: payload[name] for name in payload if payload[name] != before.payload.get(name)
        }
        return await self._collection.change(before.id, changed) if changed else True

    async def owners(self, media_id: str) -> dict[str, str | None]:
        """See `LegacyStore`."""
        points = (await self._all([media_id], fields=self._author_fields)).get(media_id, [])
        return {point.id: author_id_of(point.payload, self._keys) for point in points}

    async def get(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, LegacyPost]:
        """See `LegacyStore`."""
        points = await self._locate(
            media_ids, fields=self._fields, vectors=(UNNAMED,) if with_vectors else ()
        )
        posts = (self._points.read(point, with_vectors=with_vectors) for point in points.values())
        return {post.media_id: post for post in posts if isinstance(post, LegacyPost)}

    async def delete(self, media_id: str) -> bool:
        """See `LegacyStore`."""
        points = (await self._all([media_id], fields=self._id_fields)).get(media_id, [])
        ids = [point.id for point in points]
        self._places.pop(media_id, None)
        self._newest.forget(media_id)
        return bool(ids) and bool(await self._collection.delete(ids))

    async def count(self) -> int:
        """See `LegacyStore`."""
        return await self._collection.count()

    async def nearest(self, vector: Vector, *, limit: int) -> list[Neighbour]:
        """See `LegacyStore`."""
        depth = limit
        while True:
            found = await self._collection.nearest(
                UNNAMED, vector, limit=depth, fields=self._id_fields
            )
            cosines: dict[str, float] = {}
            for place, payload, cosine in found:
                media_id = media_id_of(payload, self._keys)
                if media_id is not None and media_id not in cosines:
                    cosines[media_id] = bounded(cosine)
                    self._places[media_id] = place
            if len(cosines) >= limit or len(found) < depth:
                return [Neighbour(*each) for each in cosines.items()][:limit]
            # Some are no posts, or one post again.
            depth *= 2

    async def newest(self, *, limit: int) -> list[str]:
        """See `LegacyStore`."""
        return await self._newest.media_ids(limit)

    async def scan(
        self, after: str | None, *, limit: int, with_vectors: bool = False
    ) -> tuple[list[LegacyPost | BrokenPoint], str | None]:
        """See `LegacyStore`."""

        def read(point: Point) -> LegacyPost | BrokenPoint:
            return self._points.read(point, with_vectors=with_vectors)

        return await self._collection.scan(
            after,
            limit=limit,
            fields=self._fields,
            vectors=(UNNAMED,) if with_vectors else (),
            read=read,
        )

    async def close(self) -> None:
        """See `LegacyStore`."""
        await self._newest.close()
        await self._collection.close()

    async def _locate(
        self,
        media_ids: Sequence[str],
        *,
        fields: Sequence[str] | None = None,
        vectors: Sequence[str] = (),
    ) -> dict[str, Point]:
        """Points by media id: where each was seen last, or would have been put, else searched."""
        places = [self._places.get(media_id, point_id(media_id)) for media_id in media_ids]
        points = await self._collection.get(places, fields=fields, vectors=vectors)
        found = self._named(points, media_ids)
        missing = [media_id for media_id in media_ids if media_id not in found]
        if missing:
            points = await self._search(missing, fields=fields, vectors=vectors)
            found |= self._named(points, missing)
        self._places.update((media_id, point.id) for media_id, point in found.items())
        return found

    async def _all(
        self, media_ids: Sequence[str], *, fields: Sequence[str] | None = None
    ) -> dict[str, list[Point]]:
        """All points of each media id, that of an upload first."""
        own = await self._collection.get([point_id(each) for each in media_ids], fields=fields)
        points = {
            point.id: point for point in (*own, *await self._search(media_ids, fields=fields))
        }
        wanted = frozenset(media_ids)
        found: dict[str, list[Point]] = {}
        for point in points.values():
            media_id = self._points.media_id(point)
            if media_id is not None and media_id in wanted:
                found.setdefault(media_id, []).append(point)
        return found

    async def _search(
        self,
        media_ids: Sequence[str],
        *,
        fields: Sequence[str] | None,
        vectors: Sequence[str] = (),
    ) -> list[Point]:
        """All points that have one of the media ids under one of its keys, as text or as number."""
        numbers = [number for name in media_ids if (number := _as_number(name)) is not None]
        points: list[Point] = []
        for key in self._keys.media_id:
            points += await self._matching(key, media_ids, fields=fields, vectors=vectors)
            if numbers:
                points += await self._matching(key, numbers, fields=fields, vectors=vectors)
        return points

    async def _matching(
        self,
        key: str,
        values: Sequence[str] | Sequence[int],
        *,
        fields: Sequence[str] | None,
        vectors: Sequence[str],
    ) -> list[Point]:
        points: list[Point] = []
        start: str | None = None
        while True:
            page, start = await self._collection.scan(
                start,
                limit=_PAGE,
                where=Where(one_of={key: values}),
                fields=fields,
                vectors=vectors,
            )
            points += page
            if start is None:
                return points

    def _named(self, points: Iterable[Point], media_ids: Sequence[str]) -> dict[str, Point]:
        wanted = frozenset(media_ids)
        named: dict[str, Point] = {}
        for point in points:
            media_id = self._points.media_id(point)
            if media_id in wanted:
                named.setdefault(media_id, point)
        return named


def _as_number(media_id: str) -> int | None:
    """The number whose digits the id is, where a payload can have it."""
    # Before it is read: the time that takes grows with the square of the length.
    if len(media_id) > len(str(_MAX_NUMBER)) or not media_id.isdecimal():
        return None
    number = int(media_id)
    return number if number <= _MAX_NUMBER and str(number) == media_id else None
