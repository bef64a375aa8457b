"""What Qdrant's engine and its server take and give alike."""

from collections.abc import Sequence
from typing import Any

from orchestrator.store.records import Vector
from orchestrator.store.vectors import vector_of


def point_key(point_id: str) -> str | int:
    """A point's id as Qdrant wants it: a UUID, or a number."""
    return int(point_id) if point_id.isdecimal() else point_id


def selected(fields: Sequence[str] | None) -> bool | list[str]:
    """Which fields of payloads to answer: all, or some."""
    return True if fields is None else list(fields)


def named_vectors(vectors: Any) -> dict[str, Vector]:
    """By name; the unnamed one of a collection that has no other comes bare."""
    if isinstance(vectors, list):
        return {"": vector_of(vectors)}
    return {name: vector_of(components) for name, components in (vectors or {}).items()}
