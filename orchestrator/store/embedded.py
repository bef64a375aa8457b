"""The embedded store: Qdrant's own engine in this process; the one importer of qdrant_edge.

One thread writes, so that a check and its write are one step; a few threads read. Each write is
flushed before it is answered.
"""

from __future__ import annotations

import asyncio
import shutil
import struct
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import qdrant_edge as edge

from orchestrator.errors import Conflict, StoreUnavailable
from orchestrator.store.manifest import check_post, claim
from orchestrator.store.memo import RememberedPosts
from orchestrator.store.payloads import (
    EVENTS,
    MODALITIES,
    POSTS,
    event_from,
    event_payload,
    point_id,
    post_from,
    post_payload,
    random_point_id,
    timestamp,
)
from orchestrator.store.protocol import EVERYTHING, Order
from orchestrator.store.records import (
    Event,
    Modality,
    Neighbour,
    PostFilter,
    Schema,
    StoredPost,
    Vector,
)

T = TypeVar("T")

READERS = 2
MIN_FREE_BYTES = 64 * 1024 * 1024
# A shard must hold a kind of vector; events have none, and no event fills this one.
_NO_VECTOR = "none"
_POST_INDEXES = {
    "author_id": edge.PayloadSchemaType.Keyword,
    "content_type": edge.PayloadSchemaType.Keyword,
    "created_at": edge.PayloadSchemaType.Datetime,
    "likes": edge.PayloadSchemaType.Integer,
    "comments": edge.PayloadSchemaType.Integer,
}
_EVENT_INDEXES = {
    "user_id": edge.PayloadSchemaType.Keyword,
    "kind": edge.PayloadSchemaType.Keyword,
    "at": edge.PayloadSchemaType.Datetime,
}


class EmbeddedStore:
    """`Store` in a folder of this machine, for one process at a time."""

    def __init__(self, path: Path, schema: Schema, *, remembered_posts: int = 20_000) -> None:
        """Open the store at `path`, made on first use.

        The last `remembered_posts` that were read with their vectors stay in memory, of 512 and
        768 components about 7 KB each.

        Raises StartupError where another process holds it or its vectors are of other models.
        """
        self._path = path
        self._schema = schema
        self._claim = claim(path, schema)
        vectors = {
            name: edge.EdgeVectorParams(schema.dimensions[name], edge.Distance.Cosine)
            for name in MODALITIES
        }
        self._posts = _shard(path / POSTS, edge.EdgeConfig(vectors=vectors), _POST_INDEXES)
        sparse = {_NO_VECTOR: edge.EdgeSparseVectorParams()}
        self._events = _shard(path / EVENTS, edge.EdgeConfig(sparse_vectors=sparse), _EVENT_INDEXES)
        self._memo = RememberedPosts(remembered_posts)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")

    async def put_posts(self, posts: Sequence[StoredPost]) -> None:
        """See `Store`."""
        for post in posts:
            check_post(post, self._schema)

        def put() -> None:
            points = [_point(post) for post in posts]
            with self._memo.changing([post.media_id for post in posts]):
                self._update(self._posts, edge.UpdateOperation.upsert_points(points))

        await self._write(put)

    async def get_posts(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, StoredPost]:
        """See `Store`."""
        found = self._memo.find(media_ids)
        if not with_vectors:
            found = {key: replace(post, visual=None, text=None) for key, post in found.items()}
        missing = [media_id for media_id in media_ids if media_id not in found]
        if missing:
            found |= await self._read(lambda: self._retrieve(missing, with_vectors=with_vectors))
        return {media_id: found[media_id] for media_id in media_ids if media_id in found}

    async def delete_post(self, media_id: str) -> bool:
        """See `Store`."""
        point = point_id(media_id)

        def delete() -> bool:
            if not self._posts.retrieve([point], False, False):
                return False
            with self._memo.changing([media_id]):
                self._update(self._posts, edge.UpdateOperation.delete_points([point]))
            return True

        return await self._write(delete)

    async def count_posts(self) -> int:
        """See `Store`."""
        return await self._read(lambda: self._posts.count(edge.CountRequest(exact=True)))

    async def nearest(
        self,
        modality: Modality,
        vector: Vector,
        *,
        limit: int,
        where: PostFilter = EVERYTHING,
    ) -> list[Neighbour]:
        """See `Store`."""
        request = edge.QueryRequest(
            limit=limit,
            query=edge.Query.Nearest(vector.tolist(), using=modality),
            filter=_filter(where),
            with_payload=["media_id"],
        )
        found = await self._read(lambda: self._posts.query(request))
        return [
            # Rounding puts a vector's cosine with itself a little above 1.
            Neighbour(point.payload["media_id"], min(1.0, max(-1.0, point.score)))
            for point in found
            if point.payload
        ]

    async def top(self, order: Order, *, limit: int) -> list[str]:
        """See `Store`."""
        request = edge.ScrollRequest(
            limit=limit,
            order_by=edge.OrderBy(order, edge.Direction.Desc),
            with_payload=["media_id"],
        )
        found, _ = await self._read(lambda: self._posts.scroll(request))
        return [point.payload["media_id"] for point in found if point.payload]

    async def sample_posts(self, count: int, *, seed: int) -> list[str]:
        """See `Store`."""
        return await self._read(lambda: _drawn(self._posts, "media_id", count, seed))

    async def sample_viewers(self, count: int, *, seed: int) -> list[str]:
        """See `Store`."""
        drawn = await self._read(lambda: _drawn(self._events, "user_id", count, seed))
        return list(dict.fromkeys(drawn))

    async def add_events(self, events: Sequence[Event], *, skip_known: bool = False) -> int:
        """See `Store`."""
        points = {
            point_id(event.event_id): edge.Point(point_id(event.event_id), {}, event_payload(event))
            for event in events
        }

        def add() -> int:
            known = self._events.retrieve(list(points), ["event_id"], False)
            if known and not skip_known:
                duplicates = sorted(
                    record.payload["event_id"] for record in known if record.payload
                )
                raise Conflict(
                    f"{len(duplicates)} of the events are recorded already; none was written",
                    members={"duplicates": duplicates},
                )
            for record in known:
                del points[str(record.id)]
            if points:
                operation = edge.UpdateOperation.upsert_points(list(points.values()))
                self._update(self._events, operation)
            return len(points)

        return await self._write(add)

    async def events_of(
        self,
        user_id: str,
        *,
        limit: int,
        kinds: Sequence[str] = (),
        since: datetime | None = None,
    ) -> list[Event]:
        """See `Store`."""
        must: list[edge.ConditionType] = [
            edge.FieldCondition("user_id", match=edge.MatchValue(user_id))
        ]
        if kinds:
            must.append(edge.FieldCondition("kind", match=edge.MatchAny(list(kinds))))
        if since:
            after = edge.RangeDateTime(gte=timestamp(since))
            must.append(edge.FieldCondition("at", range=after))
        request = edge.ScrollRequest(
            limit=limit,
            filter=edge.Filter(must=must),
            order_by=edge.OrderBy("at", edge.Direction.Desc),
            with_payload=True,
        )
        found, _ = await self._read(lambda: self._events.scroll(request))
        events = [event_from(point.payload) for point in found if point.payload]
        events.sort(key=attrgetter("event_id"))
        return sorted(events, key=attrgetter("at"), reverse=True)

    async def close(self) -> None:
        """See `Store`."""
        self._readers.shutdown()
        self._writer.shutdown()
        self._posts.close()
        self._events.close()
        self._claim.release()

    def _retrieve(self, media_ids: list[str], *, with_vectors: bool) -> dict[str, StoredPost]:
        points: list[edge.PointId] = [point_id(media_id) for media_id in media_ids]
        with self._memo.reading() as reading:
            records = self._posts.retrieve(points, True, with_vectors)
            posts = {}
            for record in records:
                vectors = _vectors(record.vector) if with_vectors else {}
                post = post_from(record.payload or {}, vectors)
                posts[post.media_id] = post
            if with_vectors:
                self._memo.remember(posts, reading)
        return posts

    def _update(self, shard: edge.EdgeShard, operation: edge.UpdateOperation) -> None:
        free = shutil.disk_usage(self._path).free
        # A write that fails half-way would come back from the log at the next start.
        if free < MIN_FREE_BYTES:
            raise StoreUnavailable(
                f"the store's disk has {free:,} bytes left, {MIN_FREE_BYTES:,} are needed to write"
            )
        shard.update(operation)
        shard.flush()

    async def _read(self, ask: Callable[[], T]) -> T:
        return await _in_thread(self._readers, ask)

    async def _write(self, change: Callable[[], T]) -> T:
        return await _in_thread(self._writer, change)


async def _in_thread(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """Run `work` off the event loop; the engine's errors become ours here."""
    try:
        return await asyncio.get_running_loop().run_in_executor(threads, work)
    except Exception as exc:
        # The engine raises nothing narrower; everything narrower is not the engine's.
        if type(exc) is not Exception:
            raise
        raise StoreUnavailable(f"the embedded store failed: {exc}") from exc


def _shard(
    path: Path, config: edge.EdgeConfig, indexes: dict[str, edge.PayloadSchemaType]
) -> edge.EdgeShard:
    """Load a shard, or make it beside its place and move it there, so that none is half made."""
    if path.exists():
        return edge.EdgeShard.load(str(path))
    draft = path.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    shard = edge.EdgeShard.create(str(draft), config)
    for field, kind in indexes.items():
        shard.update(edge.UpdateOperation.create_field_index(field, kind))
    shard.flush()
    shard.close()
    draft.rename(path)
    return edge.EdgeShard.load(str(path))


def _drawn(shard: edge.EdgeShard, field: str, count: int, seed: int) -> list[str]:
    """A field of the `count` points from a random id on, and from the first id after the last."""
    start = random_point_id(seed)
    request = edge.ScrollRequest(offset=start, limit=count, with_payload=[field])
    after, _ = shard.scroll(request)
    request = edge.ScrollRequest(limit=count - len(after), with_payload=[field])
    before = shard.scroll(request)[0] if len(after) < count else []
    points = [*after, *(point for point in before if str(point.id) < start)]
    return [point.payload[field] for point in points if point.payload]


def _point(post: StoredPost) -> edge.Point:
    vectors = {
        name: vector.tolist() for name in MODALITIES if (vector := getattr(post, name)) is not None
    }
    return edge.Point(point_id(post.media_id), vectors, post_payload(post))


def _vectors(vectors: Any) -> dict[str, Vector]:
    return {name: _array(components) for name, components in (vectors or {}).items()}


def _array(components: list[float]) -> Vector:
    """A read-only array; `struct` packs a list of floats in a third of NumPy's time."""
    return np.frombuffer(struct.pack(f"{len(components)}f", *components), dtype=np.float32)


def _filter(where: PostFilter) -> edge.Filter | None:
    must: list[edge.ConditionType] = []
    if where.author_ids:
        must.append(edge.FieldCondition("author_id", match=edge.MatchAny(list(where.author_ids))))
    if where.content_types:
        types = edge.MatchAny(list(where.content_types))
        must.append(edge.FieldCondition("content_type", match=types))
    if where.created_after:
        after = edge.RangeDateTime(gt=timestamp(where.created_after))
        must.append(edge.FieldCondition("created_at", range=after))
    return edge.Filter(must=list(must)) if must else None
