"""A Qdrant server or cluster.

A `QdrantServer` is asked and answers in our own words; the client's errors become StoreUnavailable
here.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from qdrant_client import AsyncQdrantClient, models

from orchestrator.errors import StartupError, StoreUnavailable
from orchestrator.store.collection import IndexKind, Near, Point, Where
from orchestrator.store.description import Description
from orchestrator.store.native import point_key, selected
from orchestrator.store.records import Vector
from orchestrator.store.served.connecting import FOLDER, MEMORY, connect
from orchestrator.store.served.failures import is_missing, may_pass, why
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.served.points import native, native_filter, read_point, selector
from orchestrator.store.served.retrying import persist

T = TypeVar("T")

_METADATA = "feedlens"
_OLDEST = (1, 18)
"""The first that makes and drops named vectors; one that ignored `update_mode` would overwrite."""
_QUANTIZATION: dict[str, models.QuantizationConfig | None] = {
    "none": None,
    "scalar": models.ScalarQuantization(
        scalar=models.ScalarQuantizationConfig(type=models.ScalarType.INT8, always_ram=True)
    ),
    "binary": models.BinaryQuantization(binary=models.BinaryQuantizationConfig(always_ram=True)),
}


class QdrantServer:
    """A connection, and what can be asked of the server's collections by their name."""

    def __init__(self, url: str, parameters: QdrantParameters) -> None:
        """`http(s)://host:port`; `path:/folder` or `:memory:` for the client's own local mode.

        The local mode is for development: it searches by brute force on the event loop.
        Raises StartupError where the URL is none, or another process has the folder.
        """
        self.url = url
        self.is_local = url == MEMORY or url.startswith(FOLDER)
        self._parameters = parameters
        try:
            self._client = connect(url, parameters)
        except (ValueError, RuntimeError, OSError) as exc:
            raise StartupError(f"Qdrant at {url} can't be opened: {exc}") from exc

    async def check_version(self) -> None:
        """Raise StartupError where the server lacks what is asked of it."""
        version = (await self._ask("look", lambda client: client.info())).version
        if tuple(map(int, version.split(".")[:2])) < _OLDEST:
            oldest = ".".join(map(str, _OLDEST))
            raise StartupError(f"Qdrant at {self.url} is {version}; {oldest} or later is needed")

    async def describe(self, name: str) -> Description | None:
        """A collection, if there is one."""
        if not await self._ask("look", lambda client: client.collection_exists(name)):
            return None
        info = await self._ask("look", lambda client: client.get_collection(name))
        vectors = info.config.params.vectors or {}
        named = vectors if isinstance(vectors, dict) else {"": vectors}
        return Description(
            {key: (made.size, str(made.distance)) for key, made in named.items()},
            frozenset(info.payload_schema),
            json.loads((info.config.metadata or {}).get(_METADATA, "null")),
        )

    async def create(self, name: str, dimensions: Mapping[str, int], metadata: Any) -> None:
        """Make a collection of vectors compared by cosine; another's of the name stays."""
        made = self._parameters
        params = {
            key: models.VectorParams(
                size=dimension,
                distance=models.Distance.COSINE,
                on_disk=made.on_disk_vectors or None,
            )
            for key, dimension in dimensions.items()
        }
        try:
            await self._ask(
                f"make the collection {name}",
                lambda client: client.create_collection(
                    name,
                    vectors_config=params.get("", params),
                    shard_number=made.shard_number,
                    replication_factor=made.replication_factor,
                    write_consistency_factor=made.write_consistency_factor,
                    on_disk_payload=made.on_disk_payload,
                    quantization_config=_QUANTIZATION[made.quantization],
                    metadata={_METADATA: json.dumps(metadata)},
                ),
            )
        except StoreUnavailable:
            # Of two processes that start at once, one is too late.
            if await self.describe(name) is None:
                raise

    async def set_metadata(self, name: str, metadata: Any) -> None:
        """Keep JSON with a collection, at once and whole."""
        # The server merges objects; a string is replaced.
        kept = {_METADATA: json.dumps(metadata)}
        await self._ask("keep", lambda client: client.update_collection(name, metadata=kept))

    async def add_index(self, name: str, field: str, kind: IndexKind, *, tenant: bool) -> None:
        """Index a payload field; a `tenant`'s points are kept together on disk."""
        schema: Any = models.PayloadSchemaType(kind)
        if tenant:
            schema = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
        await self._write(
            f"index {field}", lambda client: client.create_payload_index(name, field, schema)
        )

    async def add_vector(self, name: str, vector: str, dimension: int) -> None:
        """Make room for another vector of each point."""
        config = models.DenseVectorConfig(size=dimension, distance=models.Distance.COSINE)
        await self._write(
            f"make the vector {vector}",
            lambda client: client.create_vector_name(
                name, vector, models.DenseVectorNameConfig(dense=config)
            ),
        )

    async def drop_vector(self, name: str, vector: str) -> None:
        """Delete a vector of every point."""
        await self._write(
            f"drop the vector {vector}", lambda client: client.delete_vector_name(name, vector)
        )

    async def upsert(self, name: str, points: Sequence[Point], *, only_new: bool) -> None:
        """Write points whole; with `only_new` those that are there stay as they are."""
        mode = models.UpdateMode.INSERT_ONLY if only_new else models.UpdateMode.UPSERT
        written = list(map(native, points))
        await self._write(
            f"write {len(points)} points",
            lambda client: client.upsert(name, written, update_mode=mode),
        )

    async def set_vectors(self, name: str, point: str, vectors: Mapping[str, Vector]) -> bool:
        """Set some of a point's vectors; False where it is not."""
        lists = {key: vector.tolist() for key, vector in vectors.items()}
        update = models.PointVectors(id=point_key(point), vector=lists)
        return await self._edit("set vectors", lambda client: client.update_vectors(name, [update]))

    async def remove_vectors(self, name: str, point: str, vectors: Sequence[str]) -> bool:
        """Remove some of a point's vectors; False where it is not."""
        points, removed = selector([point]), list(vectors)
        return await self._edit(
            "remove vectors", lambda client: client.delete_vectors(name, removed, points)
        )

    async def set_payload(self, name: str, point: str, payload: Mapping[str, Any]) -> bool:
        """Set some of a point's payload; False where it is not."""
        points, changed = selector([point]), dict(payload)
        return await self._edit(
            "change a point", lambda client: client.set_payload(name, changed, points)
        )

    async def delete(self, name: str, ids: Sequence[str]) -> None:
        """Delete points."""
        points = selector(ids)
        await self._write(f"delete {len(ids)} points", lambda client: client.delete(name, points))

    async def retrieve(
        self,
        name: str,
        ids: Sequence[str],
        fields: Sequence[str] | None,
        vectors: Sequence[str],
        read: Callable[[Point], T],
    ) -> list[T]:
        """Those of the points that exist."""
        keys = list(map(point_key, ids))
        found = await self._ask(
            f"read {len(keys)} points",
            lambda client: client.retrieve(name, keys, selected(fields), list(vectors)),
        )
        return await _read(found, read)

    async def count(self, name: str, where: Where) -> int:
        """How many points there are, exactly."""
        counted = await self._ask("count", lambda client: client.count(name, native_filter(where)))
        return counted.count

    async def search(
        self,
        name: str,
        using: str,
        vector: Vector,
        *,
        limit: int,
        fields: Sequence[str],
        where: Where,
    ) -> list[Near]:
        """The nearest points."""
        found = await self._ask(
            "search",
            lambda client: client.query_points(
                name,
                query=vector.tolist(),
                using=using or None,
                query_filter=native_filter(where),
                limit=limit,
                with_payload=list(fields) or False,
            ),
        )
        return [Near(str(point.id), point.payload or {}, point.score) for point in found.points]

    async def scroll(
        self,
        name: str,
        read: Callable[[Point], T],
        *,
        limit: int,
        where: Where,
        fields: Sequence[str] | None,
        vectors: Sequence[str] = (),
        start: str | None = None,
        order: str | None = None,
    ) -> tuple[list[T], str | None]:
        """Points by id from `start` on, and the next id; or by falling `order`."""
        by = models.OrderBy(key=order, direction=models.Direction.DESC) if order else None
        found, after = await self._ask(
            "scroll",
            lambda client: client.scroll(
                name,
                native_filter(where),
                limit=limit,
                order_by=by,
                offset=None if start is None else point_key(start),
                with_payload=selected(fields),
                with_vectors=list(vectors),
            ),
        )
        return await _read(found, read), None if after is None else str(after)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._client.close()

    async def _ask(self, what: str, call: Callable[[AsyncQdrantClient], Awaitable[T]]) -> T:
        """Call the client, again where a failure may pass; StoreUnavailable says `what` failed."""
        try:
            return await persist(lambda: call(self._client), self._parameters, may_pass)
        except Exception as exc:
            raise StoreUnavailable(f"Qdrant at {self.url} failed to {what}: {why(exc)}") from exc

    async def _write(
        self, what: str, call: Callable[[AsyncQdrantClient], Awaitable[models.UpdateResult]]
    ) -> None:
        """Accept nothing but a write that is completed."""
        result = await self._ask(what, call)
        if result.status is not models.UpdateStatus.COMPLETED:
            raise StoreUnavailable(f"Qdrant at {self.url} did not {what} yet: {result.status}")

    async def _edit(
        self, what: str, call: Callable[[AsyncQdrantClient], Awaitable[models.UpdateResult]]
    ) -> bool:
        try:
            await self._write(what, call)
        except StoreUnavailable as exc:
            if is_missing(exc.__cause__):
                return False
            raise
        return True


async def _read(records: Sequence[models.Record], read: Callable[[Point], T]) -> list[T]:
    return await asyncio.to_thread(lambda: [read(read_point(record)) for record in records])
