"""A store that keeps what it read decoded, for a process that no other writes beside."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, TypeVar

from orchestrator.store.carrying import Beside
from orchestrator.store.collection import Collection
from orchestrator.store.events import EventLog
from orchestrator.store.generations import View
from orchestrator.store.memo import RememberedNames, RememberedOrders, RememberedPosts
from orchestrator.store.protocol import EVERYTHING, Change, Order
from orchestrator.store.records import Modality, Neighbour, PostFilter, StoredPost, Vector
from orchestrator.store.store import PointStore, conditions
from orchestrator.store.vectors import bounded

T = TypeVar("T")


class Memory:
    """What all views of the posts remember."""

    def __init__(self, posts: int) -> None:
        """The last `posts` that were read with vectors, of 512 and 768 each about 7 KB."""
        self.posts = RememberedPosts(posts)
        self.names = RememberedNames(posts)
        self.orders = RememberedOrders()
        self._writes: set[asyncio.Task[Any]] = set()

    async def change(
        self, media_ids: Sequence[str], write: Coroutine[Any, Any, T], *, reorders: bool = True
    ) -> T:
        """Await a write of these posts, and remember nothing of them meanwhile.

        It goes on to its end where its caller is cancelled: the engine does so too.
        """
        task = asyncio.create_task(self._change(media_ids, write, reorders=reorders))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return await asyncio.shield(task)

    async def settle(self) -> None:
        """Wait for writes whose callers are gone."""
        await asyncio.gather(*self._writes, return_exceptions=True)

    async def _change(self, media_ids: Sequence[str], write: Awaitable[T], *, reorders: bool) -> T:
        with ExitStack() as changing:
            changing.enter_context(self.posts.changing(media_ids))
            if reorders:
                changing.enter_context(self.orders.changing())
            return await write


class RememberingStore(PointStore):
    """`Store` whose posts are read from memory once they were read."""

    def __init__(
        self,
        posts: Collection,
        events: EventLog,
        view: View,
        memory: Memory,
        beside: Callable[[], Beside] = dict,
    ) -> None:
        """See `PointStore`."""
        super().__init__(posts, events, view, beside)
        self._memory = memory
        self._key = view.key

    async def put_posts(self, posts: Sequence[StoredPost], *, only_new: bool = False) -> int:
        """See `Store`."""
        media_ids = [post.media_id for post in posts]
        return await self._memory.change(media_ids, super().put_posts(posts, only_new=only_new))

    async def put_vectors(
        self, media_id: str, *, visual: Vector | None, text: Vector | None
    ) -> bool:
        """See `Store`."""
        write = super().put_vectors(media_id, visual=visual, text=text)
        return await self._memory.change([media_id], write, reorders=False)

    async def change_post(self, media_id: str, changes: Mapping[Change, object]) -> bool:
        """See `Store`."""
        return await self._memory.change([media_id], super().change_post(media_id, changes))

    async def delete_post(self, media_id: str) -> bool:
        """See `Store`."""
        return await self._memory.change([media_id], super().delete_post(media_id))

    async def get_posts(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, StoredPost]:
        """See `Store`."""
        found = self._memory.posts.find(self._key, media_ids)
        if not with_vectors:
            found = {key: replace(post, visual=None, text=None) for key, post in found.items()}
        missing = [media_id for media_id in media_ids if media_id not in found]
        if not missing:
            return found
        with self._memory.posts.reading() as reading:
            read = await super().get_posts(missing, with_vectors=with_vectors)
            if with_vectors:
                self._memory.posts.remember(self._key, read, reading)
        found |= read
        return {media_id: found[media_id] for media_id in media_ids if media_id in found}

    async def nearest(
        self,
        modality: Modality,
        vector: Vector,
        *,
        limit: int,
        where: PostFilter = EVERYTHING,
    ) -> list[Neighbour]:
        """See `Store`."""
        # Without payloads: for some hundred posts the engine takes longer over them than to scan.
        found = await self._posts.nearest(
            self._view.names[modality], vector, limit=limit, fields=(), where=conditions(where)
        )
        names = await self._memory.names.of([near.id for near in found], self._names)
        return [
            Neighbour(names[near.id], bounded(near.cosine)) for near in found if near.id in names
        ]

    async def top(self, order: Order, *, limit: int) -> list[str]:
        """See `Store`."""
        known = self._memory.orders.find(order, limit)
        if known is not None:
            return known
        ask = super().top
        return await self._memory.orders.look(order, limit, lambda depth: ask(order, limit=depth))

    async def _names(self, ids: list[str]) -> dict[str, str]:
        points = await self._posts.get(ids, fields=["media_id"])
        return {point.id: str(point.payload["media_id"]) for point in points}

    async def close(self) -> None:
        """See `Store`."""
        await self._memory.settle()
        await super().close()
