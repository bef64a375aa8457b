"""Points and conditions as Qdrant's engine in this process takes and gives them."""

from typing import cast

import qdrant_edge as edge

from orchestrator.store.collection import Point, Where
from orchestrator.store.native import named_vectors, point_key


def native(point: Point) -> edge.Point:
    """A point to be written."""
    vectors = {name: vector.tolist() for name, vector in point.vectors.items()}
    return edge.Point(point_key(point.id), vectors, dict(point.payload))


def read_point(record: edge.Record) -> Point:
    """A point as it was fetched."""
    return Point(str(record.id), record.payload or {}, named_vectors(record.vector))


def native_filter(where: Where) -> edge.Filter | None:
    """Conditions; None where nothing is asked for."""
    must: list[edge.ConditionType] = [
        edge.FieldCondition(name, match=edge.MatchAny(cast("list[str]", list(values))))
        for name, values in where.one_of.items()
    ]
    for key, moments in (("gt", where.after), ("lt", where.before), ("gte", where.not_before)):
        must += [
            edge.FieldCondition(name, range=edge.RangeDateTime(**{key: moment}))
            for name, moment in moments.items()
        ]
    must += [
        edge.FieldCondition(name, range=edge.RangeFloat(gte=bounds.at_least, lte=bounds.at_most))
        for name, bounds in where.within.items()
    ]
    must_not: list[edge.ConditionType] = []
    if where.without:
        must_not = [edge.HasIdCondition({point_key(point_id) for point_id in where.without})]
    return edge.Filter(must=must, must_not=must_not) if must or must_not else None
