"""How much each signal counts."""

import math
from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares of the five signals; only their proportions matter. Defaults are the guide's.

    Raises ValueError for a negative or non-finite weight, or when all are zero.
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
        if sum(astuple(self)) <= 0:
            raise ValueError("at least one weight must be above 0")


SIGNALS = tuple(field.name for field in fields(Weights))
"""Names of the signals, in the order of the columns below."""


def share_out(weights: Weights, present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give the weight of missing signals to the others, in proportion.

    `present` [n, 5] tells which signals each post has; the answer [n, 5] has rows that sum to 1,
    or to 0 where none of the signals that a post has carries weight.
    """
    weighted = np.asarray(astuple(weights), dtype=np.float64) * present
    total = weighted.sum(axis=1, keepdims=True)
    return np.divide(weighted, total, out=np.zeros_like(weighted), where=total > 0)
