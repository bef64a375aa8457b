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

from orchestrator.store.collection import NO_CONDITION, IndexKind, Near, Point, Where, whole
from orchestrator.store.engine import Shard
from orchestrator.store.events import EVENT_INDEXES, EVENTS, EventLog
from orchestrator.store.generations import Registry
from orchestrator.store.manifest import Manifest, claim
from orchestrator.store.open_store import OpenStore, require
from orchestrator.store.records import Schema, Vector
from orchestrator.store.remembering import Memory, RememberingStore
from orchestrator.store.store import POST_INDEXES, POSTS
from orchestrator.store.writer_thread import WriterThread

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
        self._writer = WriterThread(self._shard.flush)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")

    async def put(self, points: Sequence[Point], *, only_new: bool = False) -> list[str]:
        """See `Collection`."""
        return await self._writer.run(lambda: self._shard.put(points, only_new=only_new))

    async def insert(self, points: Sequence[Point]) -> list[str]:
        """See `Collection`."""
        return await self._writer.run(lambda: self._shard.insert(points))

    async def put_vectors(self, id: str, vectors: Mapping[str, Vector | None]) -> bool:  # noqa: A002
        """See `Collection`."""
        return await self._writer.run(lambda: self._shard.put_vectors(id, vectors))

    async def change(self, id: str, payload: Mapping[str, Any]) -> bool:  # noqa: A002
        """See `Collection`."""
        return await self._writer.run(lambda: self._shard.change(id, payload))

    async def delete(self, ids: Sequence[str]) -> list[str]:
        """See `Collection`."""
        return await self._writer.run(lambda: self._shard.delete(ids))

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
    ) -> list[Near]:
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

    async def add_vector(self, name: str, dimension: int) -> None:
        """See `Shard`."""
        await self._writer.run(lambda: self._shard.add_vector(name, dimension))

    async def drop_vector(self, name: str) -> None:
        """See `Shard`."""
        await self._writer.run(lambda: self._shard.drop_vector(name))

    async def close(self) -> None:
        """See `Collection`."""
        self._readers.shutdown()
        self._writer.close()
        self._shard.close()

    async def _read(self, ask: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._readers, ask)


class EmbeddedBackend:
    """`Backend` in a folder."""

    def __init__(self, path: Path, schema: Schema) -> None:
        """Open the store at `path`, made on first use.

        Raises StartupError where another process holds it or it has no vectors of these models.
        """
        self._claim = claim(path)
        try:
            self._manifest = Manifest(path)
            self.opened = self._manifest.change(lambda known: known or Registry.first(schema))
            require(self.opened, schema, str(path))
            self.posts = EmbeddedCollection(path / POSTS, self.opened.dimensions, POST_INDEXES)
            self.events = EmbeddedCollection(path / EVENTS, {}, EVENT_INDEXES)
        except BaseException:
            self._claim.release()
            raise

    async def registry(self) -> Registry:
        """See `Backend`."""
        return await asyncio.to_thread(lambda: self._manifest.read() or self.opened)

    async def change_registry(self, edit: Callable[[Registry], Registry]) -> Registry:
        """See `Backend`."""
        return await asyncio.to_thread(
            self._manifest.change, lambda known: edit(known or self.opened)
        )

    async def add_vector(self, name: str, dimension: int) -> None:
        """See `Backend`."""
        await self.posts.add_vector(name, dimension)

    async def drop_vector(self, name: str) -> None:
        """See `Backend`."""
        await self.posts.drop_vector(name)

    async def close(self) -> None:
        """See `Backend`."""
        await self.posts.close()
        await self.events.close()
        self._claim.release()


def open_embedded(path: Path, schema: Schema, *, remembered_posts: int = 50_000) -> OpenStore:
    """The store at `path`, as `EmbeddedBackend`.

    The last `remembered_posts` that were read with their vectors stay in memory.
    """
    backend = EmbeddedBackend(path, schema)
    return OpenStore(backend, backend.opened, Memory(remembered_posts))


class EmbeddedStore(RememberingStore):
    """`Store` of one generation, for those who need no other while it is open."""

    def __init__(self, path: Path, schema: Schema, *, remembered_posts: int = 50_000) -> None:
        """See `open_embedded`."""
        self._backend = EmbeddedBackend(path, schema)
        events = EventLog(self._backend.events)
        view = self._backend.opened.view(schema)
        super().__init__(self._backend.posts, events, view, Memory(remembered_posts))

    async def close(self) -> None:
        """See `Store`."""
        await self._memory.settle()
        await self._backend.close()
