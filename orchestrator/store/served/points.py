"""Points and conditions as the client of a Qdrant server takes and gives them."""

from collections.abc import Sequence
from typing import Any

from qdrant_client import models

from orchestrator.store.collection import Point, Where
from orchestrator.store.native import named_vectors, point_key


def read_point(record: models.Record) -> Point:
    """A point as it was fetched."""
    return Point(str(record.id), record.payload or {}, named_vectors(record.vector))


def native(point: Point) -> models.PointStruct:
    """A point to be written."""
    vectors = {name: vector.tolist() for name, vector in point.vectors.items()}
    return models.PointStruct(id=point_key(point.id), vector=vectors, payload=dict(point.payload))


def selector(ids: Sequence[str]) -> models.PointIdsList:
    """Points to be changed or deleted."""
    return models.PointIdsList(points=list(map(point_key, ids)))


def native_filter(where: Where) -> models.Filter | None:
    """Conditions; None where nothing is asked for."""
    conditions = _filter_json(where)
    return None if conditions is None else models.Filter.model_validate(conditions)


def _filter_json(where: Where) -> dict[str, Any] | None:
    """As the server reads it."""
    must: list[dict[str, Any]] = [
        {"key": name, "match": {"any": list(values)}} for name, values in where.one_of.items()
    ]
    for bound, moments in (("gt", where.after), ("lt", where.before), ("gte", where.not_before)):
        must += [{"key": name, "range": {bound: moment}} for name, moment in moments.items()]
    for name, bounds in where.within.items():
        must.append({"key": name, "range": {"gte": bounds.at_least, "lte": bounds.at_most}})
    must_not = [{"has_id": list(map(point_key, where.without))}] if where.without else []
    return {"must": must, "must_not": must_not} if must or must_not else None
