"""A viewer's taste, from the posts that they responded to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ranking.types import Interest, Taste, Vector, Viewer

LIKING = MappingProxyType({"like": 1.0, "comment": 1.0, "save": 1.5, "share": 2.0})
"""Kinds of events that tell what a viewer likes, and how much more than a like."""

_NO_DIRECTION = 1e-6


@dataclass(frozen=True, slots=True)
class Response:
    """One event of a viewer with the vectors of its post; `at_s` in seconds since the epoch."""

    kind: str
    at_s: float
    visual: Vector | None
    text: Vector | None


@dataclass(frozen=True, slots=True)
class TasteParameters:
    """`weights` by kind of event (a kind not named counts nothing); `half_life_days` of a taste."""

    weights: Mapping[str, float] = field(default_factory=lambda: LIKING)
    half_life_days: float = 30.0


def viewer_from(
    responses: Sequence[Response], *, now_s: float, parameters: TasteParameters
) -> Viewer:
    """One mean a modality, each post weighted by its kind of event and its age."""
    weights = np.array(
        [
            parameters.weights.get(response.kind, 0.0)
            * 0.5 ** (max(0.0, now_s - response.at_s) / 86400.0 / parameters.half_life_days)
            for response in responses
        ]
    )
    return Viewer(
        visual=_weighted_mean([response.visual for response in responses], weights),
        text=_weighted_mean([response.text for response in responses], weights),
    )


def _weighted_mean(vectors: Sequence[Vector | None], weights: NDArray[np.float64]) -> Taste:
    """One interest in the direction of the weighted mean; none where nothing has weight.

    Opposite vectors can cancel out: a mean without direction is none too.
    """
    rows = [
        (vector, weight)
        for vector, weight in zip(vectors, weights, strict=True)
        if vector is not None and weight > 0
    ]
    if not rows:
        return Taste()
    mean = np.average(
        np.stack([vector for vector, _ in rows]), axis=0, weights=[weight for _, weight in rows]
    )
    norm = float(np.linalg.norm(mean))
    if norm < _NO_DIRECTION:
        return Taste()
    unit: Vector = (mean / norm).astype(np.float32)
    return Taste((Interest(unit),))
