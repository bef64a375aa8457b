"""How much each signal counts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

MAX_WEIGHT = 1e6
"""Sums and float32 shares of weights up to this overflow nowhere."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares of the five signals; only their proportions matter. Defaults are the guide's.

    Raises ValueError for a negative, non-finite or enormous weight, or when all are zero.
    """

    visual: float = 0.30
    text: float = 0.25
    engagement: float = 0.20
    recency: float = 0.15
    diversity: float = 0.10

    def __post_init__(self) -> None:
        for name in SIGNALS:
            weight = getattr(self, name)
            if not math.isfinite(weight) or weight < 0:
                raise ValueError(f"weight {name!r} must be a finite number ≥ 0, not {weight}")
            if weight > MAX_WEIGHT:
                raise ValueError(f"weight {name!r} must be at most {MAX_WEIGHT:g}, not {weight}")
        if sum(_row(self)) <= 0:
            raise ValueError("at least one weight must be above 0")


SIGNALS = tuple(each.name for each in fields(Weights))
"""Names of the signals, in the order of the columns below."""


@dataclass(frozen=True, slots=True)
class WeightTable:
    """Weights by content type; a type without its own row has the default's."""

    default: Weights = field(default_factory=Weights)
    by_content_type: Mapping[str, Weights] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, content_type: str) -> Weights:
        """The row of a content type."""
        return self.by_content_type.get(content_type, self.default)

    def overridden(self, changes: Mapping[str, float]) -> "WeightTable":
        """The table with the named signals' weights replaced in every row.

        Raises ValueError for an unknown signal, and for what `Weights` refuses.
        """
        unknown = sorted(changes.keys() - set(SIGNALS))
        if unknown:
            raise ValueError(f"unknown signal {unknown[0]!r}; known are {', '.join(SIGNALS)}")
        return WeightTable(
            replace(self.default, **changes),
            MappingProxyType(
                {
                    content_type: replace(weights, **changes)
                    for content_type, weights in self.by_content_type.items()
                }
            ),
        )

    def rows(self, content_types: Sequence[str]) -> NDArray[np.float64]:
        """The weights of each post, [n, 5]."""
        kinds = {kind: number for number, kind in enumerate(set(content_types))}
        table = np.array([_row(self.of(kind)) for kind in kinds], dtype=np.float64)
        return table.reshape(-1, len(SIGNALS))[[kinds[kind] for kind in content_types]]


def _row(weights: Weights) -> list[float]:
    # astuple copies deeply, and takes longer than the rest of a table's rows.
    return [getattr(weights, name) for name in SIGNALS]


def share_out(weights: NDArray[np.float64], present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give the weight of missing signals to the others, in proportion.

    `weights` [n, 5]; `present` [n, 5] tells which signals each post has. The answer [n, 5]
    has rows that sum to 1, or to 0 where none of the signals that a post has carries weight.
    """
    weighted = weights * present
    total = weighted.sum(axis=1, keepdims=True)
    return np.divide(weighted, total, out=np.zeros_like(weighted), where=total > 0)
