"""A collection of a Qdrant server, for any number of processes."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from typing_extensions import TypeVar

from orchestrator.errors import StartupError
from orchestrator.store.collection import NO_CONDITION, IndexKind, Near, Point, Where, whole
from orchestrator.store.description import COSINE
from orchestrator.store.records import Vector
from orchestrator.store.served.server import QdrantServer

T = TypeVar("T", default=Point)

# Who wrote a point that was to be written only if it was new; no part of its payload.
_WRITER = "_writer"


class ServerCollection:
    """`Collection` on a server."""

    def __init__(self, server: QdrantServer, name: str) -> None:
        self._server = server
        self._name = name

    async def put(self, points: Sequence[Point], *, only_new: bool = False) -> list[str]:
        """See `Collection`."""
        if not points:
            return []
        ids = [point.id for point in points]
        if not only_new:
            await self._server.upsert(self._name, points, only_new=False)
            return ids
        writer = {_WRITER: uuid.uuid4().hex}
        marked = [replace(point, payload={**point.payload, **writer}) for point in points]
        await self._server.upsert(self._name, marked, only_new=True)
        found = await self._server.retrieve(self._name, ids, [_WRITER], [], whole)
        return [point.id for point in found if point.payload == writer]

    async def insert(self, points: Sequence[Point]) -> list[str]:
        """See `Collection`."""
        ids = [point.id for point in points]
        if known := [point.id for point in await self.get(ids, fields=[])]:
            return known
        written = set(await self.put(points, only_new=True))
        return [point_id for point_id in ids if point_id not in written]

    async def put_vectors(self, id: str, vectors: Mapping[str, Vector | None]) -> bool:  # noqa: A002
        """See `Collection`."""
        kept = {name: vector for name, vector in vectors.items() if vector is not None}
        is_there = bool(await self.get([id], fields=[]))
        if is_there and kept:
            is_there = await self._server.set_vectors(self._name, id, kept)
        if is_there and (removed := [name for name in vectors if name not in kept]):
            is_there = await self._server.remove_vectors(self._name, id, removed)
        return is_there

    async def change(self, id: str, payload: Mapping[str, Any]) -> bool:  # noqa: A002
        """See `Collection`."""
        is_there = bool(await self.get([id], fields=[]))
        return is_there and await self._server.set_payload(self._name, id, payload)

    async def delete(self, ids: Sequence[str]) -> list[str]:
        """See `Collection`."""
        known = [point.id for point in await self.get(ids, fields=[])]
        if known:
            await self._server.delete(self._name, known)
        return known

    async def get(
        self,
        ids: Sequence[str],
        *,
        fields: Sequence[str] | None = None,
        vectors: Sequence[str] = (),
        read: Callable[[Point], T] = whole,
    ) -> list[T]:
        """See `Collection`."""
        return await self._server.retrieve(self._name, ids, fields, vectors, _unmarked(read))

    async def count(self, where: Where = NO_CONDITION) -> int:
        """See `Collection`."""
        return await self._server.count(self._name, where)

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
        return await self._server.search(
            self._name, name, vector, limit=limit, fields=fields, where=where
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
        found, _ = await self._server.scroll(
            self._name, _unmarked(read), limit=limit, where=where, fields=fields, order=order
        )
        return found

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
        return await self._server.scroll(
            self._name,
            _unmarked(read),
            limit=limit,
            where=where,
            fields=fields,
            vectors=vectors,
            start=start,
        )

    async def close(self) -> None:
        """The connection is its server's to close."""


async def ensure(
    server: QdrantServer,
    name: str,
    dimensions: Mapping[str, int],
    indexes: Mapping[str, IndexKind],
    *,
    tenants: Collection[str] = (),
    metadata: Any = None,
) -> ServerCollection:
    """A collection, made on first use; `dimensions` of its vectors by name, compared by cosine.

    One that is there gets indexes that it lacks. Raises StartupError where its vectors differ.
    """
    if (made := await server.describe(name)) is None:
        await server.create(name, dimensions, metadata)
        made = await server.describe(name)
    found = made.vectors if made else {}
    for vector, dimension in dimensions.items():
        if found.get(vector) != (dimension, COSINE):
            raise StartupError(
                f"the collection {name} at {server.url} has {_named(vector, found)}, expected are "
                f"{dimension} components compared by {COSINE}; it stays as it is: name another "
                "server"
            )
    # In local mode they have no effect.
    missing = {} if server.is_local or not made else indexes.keys() - made.indexes
    for field in sorted(missing):
        await server.add_index(name, field, indexes[field], tenant=field in tenants)
    return ServerCollection(server, name)


def _named(vector: str, found: Mapping[str, tuple[int, str]]) -> str:
    title = f"the vector {vector!r}" if vector else "an unnamed vector"
    if vector not in found:
        others = ", ".join(map(repr, sorted(found))) or "none"
        return f"not {title} (but {others})"
    return f"{title} of {found[vector][0]} components compared by {found[vector][1]}"


def _unmarked(read: Callable[[Point], T]) -> Callable[[Point], T]:
    def unmarked(point: Point) -> T:
        payload = {name: value for name, value in point.payload.items() if name != _WRITER}
        return read(replace(point, payload=payload))

    return unmarked
