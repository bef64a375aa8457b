"""Posts written together: a write to disk costs the same for one and for many."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost

_MOST = 64

_Waiting = tuple[StoredPost, "asyncio.Future[bool]"]


class Writer:
    """Writes new posts; what comes while a write goes on is written together after it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def put_new(self, post: StoredPost) -> bool:
        """Store a post; False where one with its media id is stored, and stays.

        Raises what `Store.put_posts` raises of this post.
        """
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((post, answer))
        if self._writing is None:
            self._writing = asyncio.ensure_future(self._write())
        return await answer

    async def close(self) -> None:
        """Wait for the write that goes on."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._waiting:
            await self._write_batch(self._next_batch())
        self._writing = None

    def _next_batch(self) -> list[_Waiting]:
        """The first that wait, no media id twice."""
        batch: dict[str, _Waiting] = {}
        rest: list[_Waiting] = []
        for waiting in self._waiting:
            media_id = waiting[0].media_id
            if media_id in batch or len(batch) == _MOST:
                rest.append(waiting)
            else:
                batch[media_id] = waiting
        self._waiting = rest
        return list(batch.values())

    async def _write_batch(self, batch: Sequence[_Waiting]) -> None:
        try:
            written = await self._put([post for post, _ in batch])
        except Exception as exc:  # noqa: BLE001 -- it is the callers', who would wait for ever
            if len(batch) == 1:
                _fail(batch[0][1], exc)
                return
            for each in batch:
                await self._write_batch([each])
            return
        for post, answer in batch:
            if not answer.done():
                answer.set_result(post.media_id in written)

    async def _put(self, posts: list[StoredPost]) -> set[str]:
        """The media ids of those that were written."""
        count = await self._store.put_posts(posts, only_new=True)
        if count in (0, len(posts)):
            return {post.media_id for post in posts[:count]}
        stored = await self._store.get_posts([post.media_id for post in posts])
        return {
            post.media_id
            for post in posts
            if stored.get(post.media_id) == replace(post, visual=None, text=None)
        }


def _fail(answer: "asyncio.Future[bool]", exc: Exception) -> None:
    if not answer.done():
        answer.set_exception(exc)
