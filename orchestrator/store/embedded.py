"""The embedded store: `Store` on Qdrant's engine in this process.

One thread writes, so that a check and its write are one step; a few threads read. Each write is
on disk before it is answered.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from orchestrator.errors import Conflict
from orchestrator.store.engine import IndexKind, Point, Shard, Where
from orchestrator.store.manifest import check_post, claim
from orchestrator.store.memo import RememberedOrders, RememberedPosts
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
_POST_INDEXES: dict[str, IndexKind] = {
    "author_id": "keyword",
    "content_type": "keyword",
    "created_at": "datetime",
    "likes": "integer",
    "comments": "integer",
}
_EVENT_INDEXES: dict[str, IndexKind] = {"user_id": "keyword", "kind": "keyword", "at": "datetime"}


class EmbeddedStore:
    """`Store` in a folder of this machine, for one process at a time."""

    def __init__(self, path: Path, schema: Schema, *, remembered_posts: int = 50_000) -> None:
        """Open the store at `path`, made on first use.

        The last `remembered_posts` that were read with their vectors stay in memory, of 512 and
        768 components about 7 KB each.

        Raises StartupError where another process holds it or its vectors are of other models.
        """
        self._schema = schema
        self._claim = claim(path, schema)
        self._posts = Shard(path / POSTS, schema.dimensions, _POST_INDEXES)
        self._events = Shard(path / EVENTS, {}, _EVENT_INDEXES)
        self._memo = RememberedPosts(remembered_posts)
        self._orders = RememberedOrders()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")

    async def put_posts(self, posts: Sequence[StoredPost]) -> None:
        """See `Store`."""
        for post in posts:
            check_post(post, self._schema)

        def put() -> None:
            points = [_point(post) for post in posts]
            media_ids = [post.media_id for post in posts]
            with self._memo.changing(media_ids), self._orders.changing():
                self._posts.put(points)

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
            if not self._posts.get([point], fields=[]):
                return False
            with self._memo.changing([media_id]), self._orders.changing():
                self._posts.delete([point])
            return True

        return await self._write(delete)

    async def count_posts(self) -> int:
        """See `Store`."""
        return await self._read(self._posts.count)

    async def nearest(
        self,
        modality: Modality,
        vector: Vector,
        *,
        limit: int,
        where: PostFilter = EVERYTHING,
    ) -> list[Neighbour]:
        """See `Store`."""
        found = await self._read(
            lambda: self._posts.nearest(
                modality, vector, limit=limit, fields=["media_id"], where=_conditions(where)
            )
        )
        return [
            # Rounding puts a vector's cosine with itself a little above 1.
            Neighbour(payload["media_id"], min(1.0, max(-1.0, cosine)))
            for payload, cosine in found
        ]

    async def top(self, order: Order, *, limit: int) -> list[str]:
        """See `Store`."""
        known = self._orders.find(order, limit)
        if known is not None:
            return known

        def ask(depth: int) -> list[str]:
            found = self._posts.highest(order, limit=depth, fields=["media_id"])
            return [payload["media_id"] for payload in found]

        return await self._read(lambda: self._orders.look(order, limit, ask))

    async def sample_posts(self, count: int, *, seed: int) -> list[str]:
        """See `Store`."""
        start = random_point_id(seed)
        return await self._read(lambda: self._posts.from_id(start, limit=count, name="media_id"))

    async def sample_viewers(self, count: int, *, seed: int) -> list[str]:
        """See `Store`."""
        start = random_point_id(seed)
        drawn = await self._read(lambda: self._events.from_id(start, limit=count, name="user_id"))
        return list(dict.fromkeys(drawn))

    async def add_events(self, events: Sequence[Event], *, skip_known: bool = False) -> int:
        """See `Store`."""
        points = {
            point_id(event.event_id): Point(point_id(event.event_id), event_payload(event))
            for event in events
        }

        def add() -> int:
            known = self._events.get(list(points), fields=["event_id"])
            if known and not skip_known:
                duplicates = sorted(point.payload["event_id"] for point in known)
                raise Conflict(
                    f"{len(duplicates)} of the events are recorded already; none was written",
                    members={"duplicates": duplicates},
                )
            for point in known:
                del points[point.id]
            if points:
                self._events.put(list(points.values()))
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
        where = Where(
            one_of={"user_id": [user_id], **({"kind": kinds} if kinds else {})},
            not_before={"at": timestamp(since)} if since else {},
        )

        def ask() -> list[Event]:
            found = self._events.highest("at", limit=limit, where=where)
            events = sorted(map(event_from, found), key=attrgetter("event_id"))
            return sorted(events, key=attrgetter("at"), reverse=True)

        return await self._read(ask)

    async def close(self) -> None:
        """See `Store`."""
        self._readers.shutdown()
        self._writer.shutdown()
        self._posts.close()
        self._events.close()
        self._claim.release()

    def _retrieve(self, media_ids: list[str], *, with_vectors: bool) -> dict[str, StoredPost]:
        points = [point_id(media_id) for media_id in media_ids]
        with self._memo.reading() as reading:
            found = self._posts.get(points, vectors=with_vectors)
            posts = {
                post.media_id: post
                for post in (post_from(point.payload, point.vectors) for point in found)
            }
            if with_vectors:
                self._memo.remember(posts, reading)
        return posts

    async def _read(self, ask: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, ask)

    async def _write(self, change: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, change)


def _point(post: StoredPost) -> Point:
    vectors = {name: vector for name in MODALITIES if (vector := getattr(post, name)) is not None}
    return Point(point_id(post.media_id), post_payload(post), vectors)


def _conditions(where: PostFilter) -> Where:
    one_of = {"author_id": where.author_ids, "content_type": where.content_types}
    return Where(
        one_of={name: values for name, values in one_of.items() if values},
        after={"created_at": timestamp(where.created_after)} if where.created_after else {},
    )
