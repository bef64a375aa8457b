"""Collections in a folder of this machine, for one process at a time.

One thread of each writes, so that a check and its write are one step; a few threads read. Each
write is on disk before it is answered.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from typing_extensions import TypeVar

from orchestrator.store.collection import NO_CONDITION, IndexKind, Point, Where, whole
from orchestrator.store.engine import Shard
from orchestrator.store.events import EVENT_INDEXES, EVENTS, EventLog
from orchestrator.store.generations import View
from orchestrator.store.manifest import claim
from orchestrator.store.payloads import MODALITIES
from orchestrator.store.records import Schema, Vector
from orchestrator.store.remembering import Memory, RememberingStore
from orchestrator.store.store import POST_INDEXES, POSTS

T = TypeVar("T", default=Point)
Answer = TypeVar("Answer")

READERS = 2


class EmbeddedCollection:
    """`Collection` of a shard."""

    def __init__(
        self, path: Path, dimensions: Mapping[str, int], indexes: Mapping[str, IndexKind]
    ) -> None:
        """See `Shard`."""
        self._shard = Shard(path, dimensions, indexes)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")

    async def put(self, points: Sequence[Point], *, only_new: bool = False) -> list[str]:
        """See `Collection`."""
        return await self._write(lambda: self._shard.put(points, only_new=only_new))

    async def put_vectors(self, id: str, vectors: Mapping[str, Vector | None]) -> bool:  # noqa: A002
        """See `Collection`."""
        return await self._write(lambda: self._shard.put_vectors(id, vectors))

    async def change(self, id: str, payload: Mapping[str, Any]) -> bool:  # noqa: A002
        """See `Collection`."""
        return await self._write(lambda: self._shard.change(id, payload))

    async def delete(self, ids: Sequence[str]) -> list[str]:
        """See `Collection`."""
        return await self._write(lambda: self._shard.delete(ids))

    async def get(
        self,
        ids: Sequence[str],
        *,
        fields: Sequence[str] | None = None,
        vectors: Sequence[str] = (),
        read: Callable[[Point], T] = whole,
    ) -> list[T]:
        """See `Collection`."""

        def ask() -> list[T]:
            return list(map(read, self._shard.get(ids, fields=fields, vectors=vectors)))

        return await self._read(ask)

    async def count(self, where: Where = NO_CONDITION) -> int:
        """See `Collection`."""
        return await self._read(lambda: self._shard.count(where))

    async def nearest(
        self,
        name: str,
        vector: Vector,
        *,
        limit: int,
        fields: Sequence[str],
        where: Where = NO_CONDITION,
    ) -> list[tuple[Mapping[str, Any], float]]:
        """See `Collection`."""
        return await self._read(
            lambda: self._shard.nearest(name, vector, limit=limit, fields=fields, where=where)
        )

    async def highest(
        self,
        order: str,
        *,
        limit: int,
        fields: Sequence[str] | None = None,
        where: Where = NO_CONDITION,
        read: Callable[[Point], T] = whole,
    ) -> list[T]:
        """See `Collection`."""

        def ask() -> list[T]:
            found = self._shard.highest(order, limit=limit, fields=fields, where=where)
            return list(map(read, found))

        return await self._read(ask)

    async def scan(
        self,
        start: str | None,
        *,
        limit: int,
        where: Where = NO_CONDITION,
        fields: Sequence[str] | None = None,
        vectors: Sequence[str] = (),
        read: Callable[[Point], T] = whole,
    ) -> tuple[list[T], str | None]:
        """See `Collection`."""

        def ask() -> tuple[list[T], str | None]:
            found, after = self._shard.scan(
                start, limit=limit, where=where, fields=fields, vectors=vectors
            )
            return list(map(read, found)), after

        return await self._read(ask)

    async def close(self) -> None:
        """See `Collection`."""
        self._readers.shutdown()
        self._writer.shutdown()
        self._shard.close()

    async def _read(self, ask: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._readers, ask)

    async def _write(self, change: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._writer, change)


class EmbeddedStore(RememberingStore):
    """`Store` in a folder of this machine."""

    def __init__(self, path: Path, schema: Schema, *, remembered_posts: int = 50_000) -> None:
        """Open the store at `path`, made on first use.

        The last `remembered_posts` that were read with their vectors stay in memory.

        Raises StartupError where another process holds it or its vectors are of other models.
        """
        self._claim = claim(path, schema)
        view = View(schema, {modality: modality for modality in MODALITIES})
        posts = EmbeddedCollection(path / POSTS, schema.dimensions, POST_INDEXES)
        events = EventLog(EmbeddedCollection(path / EVENTS, {}, EVENT_INDEXES))
        super().__init__(posts, events, view, Memory(remembered_posts))

    async def close(self) -> None:
        """See `Store`."""
        await super().close()
        self._claim.release()
