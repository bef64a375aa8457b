"""Conditions as a Qdrant server reads them: its JSON."""

from typing import Any

from orchestrator.store.collection import Where


def filter_json(where: Where) -> dict[str, Any] | None:
    """None where nothing is asked for."""
    must: list[dict[str, Any]] = [
        {"key": name, "match": {"any": list(values)}} for name, values in where.one_of.items()
    ]
    for bound, moments in (("gt", where.after), ("lt", where.before), ("gte", where.not_before)):
        must += [{"key": name, "range": {bound: moment}} for name, moment in moments.items()]
    for name, bounds in where.within.items():
        must.append({"key": name, "range": {"gte": bounds.at_least, "lte": bounds.at_most}})
    must_not = [{"has_id": list(map(point_key, where.without))}] if where.without else []
    return {"must": must, "must_not": must_not} if must or must_not else None


def point_key(point_id: str) -> str | int:
    """A point's id as Qdrant wants it: a UUID, or a number."""
    return int(point_id) if point_id.isdecimal() else point_id
