"""Qdrant's own engine in this process: points in a folder.

A `Shard` blocks while it is asked; the engine's errors become StoreUnavailable here.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import qdrant_edge as edge

from orchestrator.errors import StoreUnavailable
from orchestrator.store.collection import NO_CONDITION, IndexKind, Near, Point, Where
from orchestrator.store.description import Description
from orchestrator.store.embedded.points import native, native_filter, read_point
from orchestrator.store.embedded.shard_folder import made_vectors, missing_vectors
from orchestrator.store.native import point_key, selected
from orchestrator.store.records import Vector

P = ParamSpec("P")
T = TypeVar("T")

MIN_FREE_BYTES = 64 * 1024 * 1024
# A shard must hold a kind of vector; points without any fill none of this one.
_NO_VECTOR = "none"
_INDEXES: dict[IndexKind, edge.PayloadSchemaType] = {
    "keyword": edge.PayloadSchemaType.Keyword,
    "integer": edge.PayloadSchemaType.Integer,
    "float": edge.PayloadSchemaType.Float,
    "datetime": edge.PayloadSchemaType.Datetime,
}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as exc:
        # The engine raises nothing narrower; everything narrower is not the engine's.
        if type(exc) is not Exception:
            raise
        raise StoreUnavailable(f"the embedded store failed: {exc}") from exc


def _ours(call: Callable[P, T]) -> Callable[P, T]:
    @wraps(call)
    def translated(*args: P.args, **kwargs: P.kwargs) -> T:
        with _translated():
            return call(*args, **kwargs)

    return translated


class Shard:
    """Points in a folder, made on first use: `Collection`, but blocking, and for one writer.

    What is written is on disk after the next `flush`.
    """

    @_ours
    def __init__(
        self, path: Path, dimensions: Mapping[str, int], indexes: Mapping[str, IndexKind]
    ) -> None:
        """`dimensions` of the vectors by name, compared by cosine; `indexes` of payload fields.

        What is missing is added. Raises StartupError where a vector is of another dimension.
        """
        self._path = path
        self._is_flushed = True
        if not path.exists():
            _make(path, dimensions)
        missing = missing_vectors(path, dimensions)
        self._shard = edge.EdgeShard.load(str(path))
        for name in missing:
            self.add_vector(name, dimensions[name])
        for name in sorted(indexes.keys() - self._shard.info().payload_schema.keys()):
            self._update(edge.UpdateOperation.create_field_index(name, _INDEXES[indexes[name]]))
        self.flush()

    @_ours
    def put(self, points: Sequence[Point], *, only_new: bool) -> list[str]:
        """See `Collection`."""
        known = {point.id for point in self.get(_ids(points), fields=[])} if only_new else set()
        written = [point for point in points if point.id not in known]
        if written:
            self._update(edge.UpdateOperation.upsert_points(list(map(native, written))))
        return _ids(written)

    @_ours
    def insert(self, points: Sequence[Point]) -> list[str]:
        """See `Collection`."""
        known = _ids(self.get(_ids(points), fields=[]))
        if not known:
            self.put(points, only_new=False)
        return known

    @_ours
    def put_vectors(self, id: str, vectors: Mapping[str, Vector | None]) -> bool:  # noqa: A002
        """See `Collection`."""
        if not self.get([id], fields=[]):
            return False
        kept = {name: vector.tolist() for name, vector in vectors.items() if vector is not None}
        if kept:
            point = edge.PointVectors(point_key(id), kept)
            self._update(edge.UpdateOperation.update_vectors([point]))
        if removed := [name for name, vector in vectors.items() if vector is None]:
            self._update(edge.UpdateOperation.delete_vectors([point_key(id)], removed))
        return True

    @_ours
    def change(self, id: str, payload: Mapping[str, Any]) -> bool:  # noqa: A002
        """See `Collection`."""
        if not self.get([id], fields=[]):
            return False
        self._update(edge.UpdateOperation.set_payload([point_key(id)], dict(payload)))
        return True

    @_ours
    def delete(self, ids: Sequence[str]) -> list[str]:
        """See `Collection`."""
        known = _ids(self.get(ids, fields=[]))
        if known:
            self._update(edge.UpdateOperation.delete_points(list(map(point_key, known))))
        return known

    @_ours
    def get(
        self,
        ids: Sequence[str],
        *,
        fields: Sequence[str] | None = None,
        vectors: Sequence[str] = (),
    ) -> list[Point]:
        """See `Collection`."""
        found = self._shard.retrieve(list(map(point_key, ids)), selected(fields), list(vectors))
        return list(map(read_point, found))

    @_ours
    def count(self, where: Where) -> int:
        """See `Collection`."""
        return self._shard.count(edge.CountRequest(exact=True, filter=native_filter(where)))

    @_ours
    def nearest(
        self, name: str, vector: Vector, *, limit: int, fields: Sequence[str], where: Where
    ) -> list[Near]:
        """See `Collection`."""
        request = edge.QueryRequest(
            limit=limit,
            query=edge.Query.Nearest(vector.tolist(), using=name),
            filter=native_filter(where),
            with_payload=list(fields) or False,
        )
        found = self._shard.query(request)
        return [Near(str(point.id), point.payload or {}, point.score) for point in found]

    @_ours
    def highest(
        self, order: str, *, limit: int, fields: Sequence[str] | None, where: Where
    ) -> list[Point]:
        """See `Collection`."""
        request = edge.ScrollRequest(
            limit=limit,
            filter=native_filter(where),
            order_by=edge.OrderBy(order, edge.Direction.Desc),
            with_payload=selected(fields),
        )
        return list(map(read_point, self._shard.scroll(request)[0]))

    @_ours
    def scan(
        self,
        start: str | None,
        *,
        limit: int,
        where: Where = NO_CONDITION,
        fields: Sequence[str] | None = None,
        vectors: Sequence[str] = (),
    ) -> tuple[list[Point], str | None]:
        """See `Collection`."""
        request = edge.ScrollRequest(
            offset=None if start is None else point_key(start),
            limit=limit,
            filter=native_filter(where),
            with_payload=selected(fields),
            with_vector=list(vectors),
        )
        found, after = self._shard.scroll(request)
        return list(map(read_point, found)), None if after is None else str(after)

    @_ours
    def add_vector(self, name: str, dimension: int) -> None:
        """Make room for another vector of each point; one that is there stays as it is."""
        distance = edge.Distance.Cosine
        self._update(edge.UpdateOperation.create_dense_vector(name, dimension, distance))

    @_ours
    def drop_vector(self, name: str) -> None:
        """Delete a vector of every point; unknown names do nothing."""
        self._update(edge.UpdateOperation.delete_vector_name(name))

    @_ours
    def flush(self) -> None:
        """Have all that was written on disk."""
        if not self._is_flushed:
            self._shard.flush()
            self._is_flushed = True

    @_ours
    def close(self) -> None:
        """Let go of the folder."""
        self._shard.close()

    def _update(self, operation: edge.UpdateOperation) -> None:
        free = shutil.disk_usage(self._path).free
        # A write that fails half-way would come back from the log at the next start.
        if free < MIN_FREE_BYTES:
            raise StoreUnavailable(
                f"the store's disk has {free:,} bytes left, {MIN_FREE_BYTES:,} are needed to write"
            )
        self._shard.update(operation)
        self._is_flushed = False


@_ours
def describe(path: Path) -> Description | None:
    """What a shard is that no process has open, unchanged; None where there is none."""
    if not path.exists():
        return None
    shard = edge.EdgeShard.load(str(path))
    indexes = frozenset(shard.info().payload_schema)
    shard.close()
    return Description(made_vectors(path), indexes)


def _make(path: Path, dimensions: Mapping[str, int]) -> None:
    """Make a shard beside its place and move it there, so that none is half made."""
    draft = path.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    shard = edge.EdgeShard.create(str(draft), _config(dimensions))
    shard.flush()
    shard.close()
    draft.rename(path)


def _config(dimensions: Mapping[str, int]) -> edge.EdgeConfig:
    if not dimensions:
        return edge.EdgeConfig(sparse_vectors={_NO_VECTOR: edge.EdgeSparseVectorParams()})
    return edge.EdgeConfig(
        vectors={
            name: edge.EdgeVectorParams(size, edge.Distance.Cosine)
            for name, size in dimensions.items()
        }
    )


def _ids(points: Sequence[Point]) -> list[str]:
    return [point.id for point in points]
