"""Values of settings as the environment gives them, brought into form and checked."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from types import MappingProxyType

from orchestrator.extraction.content_type import ContentType
from ranking.weights import Weights, WeightTable


def check_names(given: Mapping[str, object], kind: type) -> None:
    """ValueError for a name that the dataclass `kind` has not."""
    known = [each.name for each in fields(kind)]
    unknown = sorted(given.keys() - set(known))
    if unknown:
        raise ValueError(f"unknown {unknown[0]!r}; known are {', '.join(known)}")


def parted(given: Mapping[str, object], names: Collection[str]) -> dict[str, object]:
    """The same, with texts under `names` parted at their commas; empty parts are left out."""
    return {
        name: [part for part in value.split(",") if part]
        if name in names and isinstance(value, str)
        else value
        for name, value in given.items()
    }


def make_weight_table(
    weights: Weights, by_type: Mapping[ContentType, Mapping[str, float]]
) -> WeightTable:
    """Weights by content type; ValueError names the type whose changes are none."""
    rows: dict[str, Weights] = {}
    for kind, changes in by_type.items():
        try:
            rows[kind] = WeightTable(weights).overridden(changes).default
        except ValueError as exc:
            raise ValueError(f"{kind}: {exc}") from exc
    return WeightTable(weights, MappingProxyType(rows))
