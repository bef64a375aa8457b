"""Scores over both sides of a post, and when enough of each side was seen to know the best.

R. Fagin, A. Lotem, M. Naor: Optimal Aggregation Algorithms for Middleware, 2001: the threshold
algorithm, with the posts nearest to a query on each side as its sorted lists.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ranking.types import Vector
from ranking.weights import MAX_WEIGHT

ROUNDING = 1e-6
"""More than the cosines of two implementations in float32 differ."""


@dataclass(frozen=True, slots=True)
class HybridWeights:
    """How much each side counts; only the proportion matters.

    Equal by default, as nothing is known of a query that would put one side first. Raises
    ValueError for a negative, non-finite or enormous weight, or when both are zero.
    """

    visual: float = 0.5
    text: float = 0.5

    def __post_init__(self) -> None:
        for name, weight in (("visual", self.visual), ("text", self.text)):
            if not math.isfinite(weight) or not 0 <= weight <= MAX_WEIGHT:
                raise ValueError(f"weight {name!r} must lie in [0, {MAX_WEIGHT:g}], not {weight}")
        if self.visual + self.text <= 0:
            raise ValueError("at least one weight must be above 0")


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a query: a unit vector [d], and its share of the score, in (0, 1]."""

    name: str
    vector: Vector
    share: float


def sides_of(visual: Vector | None, text: Vector | None, weights: HybridWeights) -> list[Side]:
    """The sides that a query has and that carry weight; their shares sum to 1.

    Empty where no side has both.
    """
    given = [("visual", visual, weights.visual), ("text", text, weights.text)]
    present = [(name, vector, weight) for name, vector, weight in given if vector is not None]
    total = sum(weight for _, _, weight in present)
    return [Side(name, vector, weight / total) for name, vector, weight in present if weight > 0]


def contributions(side: Side, vectors: Sequence[Vector | None]) -> list[float]:
    """Share times cosine for each post's vector on this side; 0 for a post without one.

    Not left out, as in a feed: what a post does not have can't match.
    """
    # A product each: a matrix product may round equal rows differently.
    return [
        0.0 if vector is None else side.share * float(side.vector.dot(vector)) for vector in vectors
    ]


def upper_bounds(
    sides: Sequence[Side],
    lists: Sequence[Sequence[tuple[str, float]]],
    deepest: Sequence[float | None],
) -> dict[str, float]:
    """A score that each post on a list does not exceed.

    `lists` hold (media id, cosine) for each side, by falling cosine, `deepest` as `unseen_bound`.
    On a side on whose list a post is not, it adds no more than the last that is.
    """
    rests = [max(0.0, each) for each in _reached(sides, deepest)]
    nothing = ROUNDING + sum(rests)
    bounds: dict[str, float] = {}
    for side, found, rest in zip(sides, lists, rests, strict=True):
        for media_id, cosine in found:
            known = bounds.get(media_id, nothing)
            bounds[media_id] = known + side.share * cosine - rest
    return bounds


def unseen_bound(sides: Sequence[Side], deepest: Sequence[float | None]) -> float:
    """A score that no post exceeds that stands on none of the sides' lists.

    `deepest` has the last cosine of each list, None where it holds all posts of that side. Minus
    infinity where all do: such a post has no side.
    """
    reached = _reached(sides, deepest)
    # It may lack a side, which then counts as 0, but not both.
    above = [contribution for contribution in reached if contribution > 0]
    return ROUNDING + (sum(above) if above else max(reached))


def _reached(sides: Sequence[Side], deepest: Sequence[float | None]) -> list[float]:
    return [
        -math.inf if cosine is None else side.share * cosine
        for side, cosine in zip(sides, deepest, strict=True)
    ]
