"""Qdrant's own engine in this process: the one importer of qdrant_edge.

A `Shard` holds points: an id, named vectors, a payload. Calls block; the engine's errors become
StoreUnavailable here.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

import numpy as np
import qdrant_edge as edge

from orchestrator.errors import StoreUnavailable
from orchestrator.store.records import Vector

P = ParamSpec("P")
T = TypeVar("T")

IndexKind = Literal["keyword", "integer", "datetime"]

MIN_FREE_BYTES = 64 * 1024 * 1024
# A shard must hold a kind of vector; points without any fill none of this one.
_NO_VECTOR = "none"
_INDEXES: dict[IndexKind, edge.PayloadSchemaType] = {
    "keyword": edge.PayloadSchemaType.Keyword,
    "integer": edge.PayloadSchemaType.Integer,
    "datetime": edge.PayloadSchemaType.Datetime,
}


@dataclass(frozen=True, slots=True)
class Point:
    """`id` is a UUID; the payload is JSON."""

    id: str
    payload: Mapping[str, Any]
    vectors: Mapping[str, Vector] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions on payloads that must all hold: one of some values; a date after, or from, one."""

    one_of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    not_before: Mapping[str, str] = field(default_factory=dict)


NO_CONDITION = Where()


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
    """Points in a folder, made on first use. A write is on disk when it returns."""

    @_ours
    def __init__(
        self, path: Path, dimensions: Mapping[str, int], indexes: Mapping[str, IndexKind]
    ) -> None:
        """`dimensions` of the named vectors, compared by cosine; `indexes` of payload fields."""
        self._path = path
        if not path.exists():
            _make(path, dimensions, indexes)
        self._shard = edge.EdgeShard.load(str(path))

    @_ours
    def put(self, points: Sequence[Point]) -> None:
        """Write points, each whole and in place of one with the same id."""
        self._update(
            edge.UpdateOperation.upsert_points(
                [
                    edge.Point(
                        point.id,
                        {name: vector.tolist() for name, vector in point.vectors.items()},
                        dict(point.payload),
                    )
                    for point in points
                ]
            )
        )

    @_ours
    def delete(self, ids: Sequence[str]) -> None:
        """Delete points; unknown ids do nothing."""
        self._update(edge.UpdateOperation.delete_points(list(ids)))

    @_ours
    def get(
        self, ids: Sequence[str], *, fields: Sequence[str] | None = None, vectors: bool = False
    ) -> list[Point]:
        """Those of the points that exist; of their payloads all, or some `fields`."""
        payload: bool | list[str] = True if fields is None else list(fields)
        return [
            Point(str(record.id), record.payload or {}, _vectors(record.vector) if vectors else {})
            for record in self._shard.retrieve(list(ids), payload, vectors)
        ]

    @_ours
    def count(self) -> int:
        """How many points there are."""
        return self._shard.count(edge.CountRequest(exact=True))

    @_ours
    def nearest(
        self, name: str, vector: Vector, *, limit: int, fields: Sequence[str], where: Where
    ) -> list[tuple[Mapping[str, Any], float]]:
        """Payloads and cosines of the points whose vector `name` is nearest to `vector` [d]."""
        request = edge.QueryRequest(
            limit=limit,
            query=edge.Query.Nearest(vector.tolist(), using=name),
            filter=_filter(where),
            with_payload=list(fields),
        )
        return [(point.payload or {}, point.score) for point in self._shard.query(request)]

    @_ours
    def highest(
        self,
        order: str,
        *,
        limit: int,
        fields: Sequence[str] | None = None,
        where: Where = NO_CONDITION,
    ) -> list[Mapping[str, Any]]:
        """Payloads by falling `order`, an indexed field."""
        request = edge.ScrollRequest(
            limit=limit,
            filter=_filter(where),
            order_by=edge.OrderBy(order, edge.Direction.Desc),
            with_payload=True if fields is None else list(fields),
        )
        return [point.payload or {} for point in self._shard.scroll(request)[0]]

    @_ours
    def from_id(self, start: str, *, limit: int, name: str) -> list[Any]:
        """A payload field of the points from id `start` on, and from the first after the last."""
        request = edge.ScrollRequest(offset=start, limit=limit, with_payload=[name])
        after, _ = self._shard.scroll(request)
        request = edge.ScrollRequest(limit=limit - len(after), with_payload=[name])
        before = self._shard.scroll(request)[0] if len(after) < limit else []
        points = [*after, *(point for point in before if str(point.id) < start)]
        return [point.payload[name] for point in points if point.payload]

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
        self._shard.flush()


def _make(path: Path, dimensions: Mapping[str, int], indexes: Mapping[str, IndexKind]) -> None:
    """Make a shard beside its place and move it there, so that none is half made."""
    draft = path.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    shard = edge.EdgeShard.create(str(draft), _config(dimensions))
    for name, kind in indexes.items():
        shard.update(edge.UpdateOperation.create_field_index(name, _INDEXES[kind]))
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


def _vectors(vectors: Any) -> dict[str, Vector]:
    return {name: _array(components) for name, components in (vectors or {}).items()}


def _array(components: list[float]) -> Vector:
    """A read-only array; `struct` packs a list of floats in a third of NumPy's time."""
    return np.frombuffer(struct.pack(f"{len(components)}f", *components), dtype=np.float32)


def _filter(where: Where) -> edge.Filter | None:
    must: list[edge.ConditionType] = [
        edge.FieldCondition(name, match=edge.MatchAny(list(values)))
        for name, values in where.one_of.items()
    ]
    must += [
        edge.FieldCondition(name, range=edge.RangeDateTime(gt=moment))
        for name, moment in where.after.items()
    ]
    must += [
        edge.FieldCondition(name, range=edge.RangeDateTime(gte=moment))
        for name, moment in where.not_before.items()
    ]
    return edge.Filter(must=must) if must else None
