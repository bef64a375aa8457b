"""Posts and events over collections: one `Store` for every engine."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from orchestrator.store.carrying import Beside, carried
from orchestrator.store.collection import Collection, IndexKind, Point, Where
from orchestrator.store.events import EventLog
from orchestrator.store.generations import View
from orchestrator.store.payloads import (
    changed_payload,
    point_id,
    post_from,
    post_payload,
    timestamp,
)
from orchestrator.store.protocol import EVERYTHING, Change, Order
from orchestrator.store.records import (
    NO_BOUNDS,
    Event,
    Modality,
    Neighbour,
    PostFilter,
    Schema,
    StoredPost,
    Vector,
)
from orchestrator.store.sampling import draw
from orchestrator.store.vectors import bounded, check_post, check_vector

POSTS = "media_embeddings_v2"
POST_INDEXES: dict[str, IndexKind] = {
    "author_id": "keyword",
    "content_type": "keyword",
    "media_type": "keyword",
    "created_at": "datetime",
    "likes": "integer",
    "comments": "integer",
    "alignment_score": "float",
}


class PointStore:
    """`Store`: a view of posts, and the events beside them."""

    def __init__(
        self,
        posts: Collection,
        events: EventLog,
        view: View,
        beside: Callable[[], Beside] = dict,
    ) -> None:
        """`beside` names the vectors of other generations, which change."""
        self._posts = posts
        self._events = events
        self._view = view
        self._beside = beside

    @property
    def schema(self) -> Schema:
        """See `Store`."""
        return self._view.schema

    async def put_posts(self, posts: Sequence[StoredPost], *, only_new: bool = False) -> int:
        """See `Store`."""
        for post in posts:
            check_post(post, self.schema)
        points = [self._point(post) for post in posts]
        if not only_new:
            points = await carried(self._posts, points, self._beside())
        return len(await self._posts.put(points, only_new=only_new))

    async def put_vectors(
        self, media_id: str, *, visual: Vector | None, text: Vector | None
    ) -> bool:
        """See `Store`."""
        vectors = {}
        for modality, vector in (("visual", visual), ("text", text)):
            if vector is not None:
                check_vector(modality, vector, dimension=self.schema.dimensions[modality])
            vectors[self._view.names[modality]] = vector
        return await self._posts.put_vectors(point_id(media_id), vectors)

    async def change_post(self, media_id: str, changes: Mapping[Change, object]) -> bool:
        """See `Store`."""
        return await self._posts.change(point_id(media_id), changed_payload(changes))

    async def get_posts(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, StoredPost]:
        """See `Store`."""
        found = await self._posts.get(
            list(map(point_id, dict.fromkeys(media_ids))),
            vectors=self._vectors(with_vectors=with_vectors),
            read=partial(post_from, view=self._view),
        )
        posts = {post.media_id: post for post in found}
        return {media_id: posts[media_id] for media_id in media_ids if media_id in posts}

    async def delete_post(self, media_id: str) -> bool:
        """See `Store`."""
        return bool(await self._posts.delete([point_id(media_id)]))

    async def count_posts(self, where: PostFilter = EVERYTHING) -> int:
        """See `Store`."""
        return await self._posts.count(conditions(where))

    async def scan_posts(
        self, after: str | None, *, limit: int, with_vectors: bool = False
    ) -> tuple[list[StoredPost], str | None]:
        """See `Store`."""
        return await self._posts.scan(
            after,
            limit=limit,
            vectors=self._vectors(with_vectors=with_vectors),
            read=partial(post_from, view=self._view),
        )

    async def nearest(
        self,
        modality: Modality,
        vector: Vector,
        *,
        limit: int,
        where: PostFilter = EVERYTHING,
    ) -> list[Neighbour]:
        """See `Store`."""
        found = await self._posts.nearest(
            self._view.names[modality],
            vector,
            limit=limit,
            fields=["media_id"],
            where=conditions(where),
        )
        return [Neighbour(near.payload["media_id"], bounded(near.cosine)) for near in found]

    async def top(self, order: Order, *, limit: int) -> list[str]:
        """See `Store`."""
        return await self._posts.highest(order, limit=limit, fields=["media_id"], read=_media_id)

    async def sample_posts(self, count: int, *, seed: int) -> list[str]:
        """See `Store`."""
        return await draw(self._posts, "media_id", count, seed=seed)

    async def sample_viewers(self, count: int, *, seed: int) -> list[str]:
        """See `Store`."""
        return await self._events.viewers(count, seed=seed)

    async def count_events(self) -> int:
        """See `Store`."""
        return await self._events.count()

    async def scan_events(self, after: str | None, *, limit: int) -> tuple[list[Event], str | None]:
        """See `Store`."""
        return await self._events.scan(after, limit=limit)

    async def add_events(self, events: Sequence[Event], *, skip_known: bool = False) -> int:
        """See `Store`."""
        return await self._events.add(events, skip_known=skip_known)

    async def events_of(
        self,
        user_id: str,
        *,
        limit: int,
        kinds: Sequence[str] = (),
        since: datetime | None = None,
    ) -> list[Event]:
        """See `Store`."""
        return await self._events.of(user_id, limit=limit, kinds=kinds, since=since)

    async def close(self) -> None:
        """See `Store`."""
        await self._posts.close()
        await self._events.close()

    def _vectors(self, *, with_vectors: bool) -> list[str]:
        return list(self._view.names.values()) if with_vectors else []

    def _point(self, post: StoredPost) -> Point:
        vectors = {
            name: vector
            for modality, name in self._view.names.items()
            if (vector := getattr(post, modality)) is not None
        }
        return Point(point_id(post.media_id), post_payload(post), vectors)


def _media_id(point: Point) -> str:
    return str(point.payload["media_id"])


def conditions(where: PostFilter) -> Where:
    """A filter in the terms of payloads."""
    one_of = {
        "author_id": where.author_ids,
        "content_type": where.content_types,
        "media_type": where.media_types,
    }
    within = {
        "likes": where.likes,
        "comments": where.comments,
        "alignment_score": where.alignment,
    }
    return Where(
        one_of={name: values for name, values in one_of.items() if values},
        after={"created_at": timestamp(where.created_after)} if where.created_after else {},
        before={"created_at": timestamp(where.created_before)} if where.created_before else {},
        within={name: bounds for name, bounds in within.items() if bounds != NO_BOUNDS},
        without=list(map(point_id, where.without)),
    )
