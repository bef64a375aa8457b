"""How far the vectors of a reduced graph keep what the fp32 vectors say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.errors import AgreementTooLow
from export.precision import Precision

NEIGHBOURS = 10

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Bound:
    """The least that a reduced graph must keep; docs/precision.md says why these."""

    min_cosine: float
    mean_cosine: float
    recall_at_10: float


BOUNDS: dict[Precision, Bound] = {
    "fp16": Bound(min_cosine=0.999, mean_cosine=0.999, recall_at_10=0.98),
    "int8": Bound(min_cosine=0.95, mean_cosine=0.99, recall_at_10=0.98),
}


@dataclass(frozen=True)
class Agreement:
    """Cosines of each reduced vector to the fp32 one of the same input, and the share of its ten
    nearest others that stays among the ten nearest."""

    inputs: int
    min_cosine: float
    mean_cosine: float
    recall_at_10: float

    def holds(self, bound: Bound) -> bool:
        return (
            self.min_cosine >= bound.min_cosine
            and self.mean_cosine >= bound.mean_cosine
            and self.recall_at_10 >= bound.recall_at_10
        )

    def __str__(self) -> str:
        return (
            f"cosine min {self.min_cosine:.5f} mean {self.mean_cosine:.5f}, "
            f"recall@10 {self.recall_at_10:.4f}"
        )


def measure(full: Vectors, reduced: Vectors) -> Agreement:
    """Compare vectors [inputs, dimension] of the same inputs; NaN, infinity and zero vectors
    count as total disagreement: cosine -1 and no neighbour kept."""
    full_units, reduced_units = _units(full), _units(reduced)
    cosines = np.nan_to_num(np.sum(full_units * reduced_units, axis=1), nan=-1.0)
    return Agreement(
        inputs=len(full),
        min_cosine=float(cosines.min()),
        mean_cosine=float(cosines.mean()),
        recall_at_10=recall(full_units, reduced_units, NEIGHBOURS),
    )


def recall(full: NDArray[np.float64], reduced: NDArray[np.float64], neighbours: int) -> float:
    """The mean share of each item's nearest others by `full` that are so by `reduced` too.

    Both are unit vectors [items, dimension], items more than `neighbours`; of equally near
    items the first count. An item whose vector is NaN keeps none and is nobody's neighbour.
    """
    kept = [
        len(set(ours) & set(theirs)) if np.isfinite(vector).all() else 0
        for ours, theirs, vector in zip(
            _nearest(full, neighbours), _nearest(reduced, neighbours), reduced, strict=True
        )
    ]
    return float(np.mean(kept)) / neighbours


def require(model: str, precision: Precision, agreement: Agreement) -> None:
    """Raise AgreementTooLow unless `agreement` holds the precision's bound."""
    bound = BOUNDS[precision]
    if not agreement.holds(bound):
        raise AgreementTooLow(
            f"{model} in {precision} keeps too little of fp32: {agreement}; at least "
            f"{bound.min_cosine}, {bound.mean_cosine} and {bound.recall_at_10} are wanted; the "
            f"repository is unchanged, export it with --precision {model}=fp32, or --force"
        )


def _units(vectors: Vectors) -> NDArray[np.float64]:
    """Rows of length 1 in float64; NaN where a row has no direction."""
    precise = vectors.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return precise / np.linalg.norm(precise, axis=1, keepdims=True)


def _nearest(units: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    similarities = np.nan_to_num(units @ units.T, nan=-np.inf)
    np.fill_diagonal(similarities, -np.inf)
    return np.argsort(-similarities, axis=1, kind="stable")[:, :count]
