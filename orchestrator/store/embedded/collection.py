"""A collection in a folder of this machine, for one process at a time.

One thread writes, so that a check and its write are one step; a few threads read. Each write is
on disk before it is answered.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from typing_extensions import TypeVar

from orchestrator.store.collection import NO_CONDITION, IndexKind, Near, Point, Where, whole
from orchestrator.store.embedded.shard import Shard
from orchestrator.store.embedded.writer_thread import WriterThread
from orchestrator.store.records import Vector

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
