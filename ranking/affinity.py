"""How near each post is to a viewer's taste, in one modality."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranking.calibration import ModalityCalibrations
from ranking.signals import Column, SignalParameters
from ranking.types import Interest, Taste
from ranking.vectors import VectorTable

_UNKNOWN = 0.5
"""The value of a post for a viewer of whom only is known what they avoid."""
_ALL_COMMON = 1e-4
_DECIMALS = 6
"""Float32 cosines of equal vectors can differ in the seventh decimal: ties stay ties."""


class Affinity(NamedTuple):
    """Columns over posts: the cosine, its value in [0, 1], and the interest it is of (−1: none).

    NaN is missing.
    """

    raw: Column
    value: Column
    interest: NDArray[np.int64]


def affinity(
    taste: Taste,
    vectors: VectorTable | None,
    count: int,
    calibrations: ModalityCalibrations,
    parameters: SignalParameters,
) -> Affinity:
    """Compare the first `count` posts of `vectors` with what the viewer likes and avoids.

    The value is that of the interest which is nearest by calibrated cosine · weight^exponent,
    times 1 − aversion · max over avoided posts of (strength · calibrated cosine). Cosines, `raw`
    too, are those without what the model's vectors have in common. Where a viewer only avoids,
    the value is ½ times the same, and `raw` is the negated cosine to what is avoided. Missing
    without a taste, or without the post's vector.
    """
    missing = Affinity(
        np.full(count, np.nan), np.full(count, np.nan), np.full(count, -1, dtype=np.int64)
    )
    if vectors is None or not count or not (taste.interests or taste.avoided):
        return missing
    raw, value, interest = missing.raw, missing.value, missing.interest
    present = vectors.present[:count]
    interests = len(taste.interests)
    directions = np.stack([each.vector for each in (*taste.interests, *taste.avoided)])
    cosines = _cosines(vectors, count, directions, calibrations.common)
    rows = np.arange(count)
    worst, factor = _avoiding(
        cosines[:, interests:], taste.avoided, calibrations, parameters.aversion
    )
    if taste.interests:
        strength = calibrations.mean(cosines[:, :interests]) * [
            each.weight**parameters.interest_exponent for each in taste.interests
        ]
        best = strength.argmax(axis=1)
        raw[present] = cosines[rows, best][present]
        value[present] = (strength[rows, best] * factor)[present]
        interest[present] = best[present]
    else:
        raw[present] = -cosines[rows, worst][present]
        value[present] = (_UNKNOWN * factor)[present]
    return missing


def stand_in(own: Affinity, other: Affinity, *, interests: int) -> Affinity:
    """`own`, and `other` where it is missing; the latter's interests count on from `interests`."""
    missing = np.isnan(own.value)
    theirs = np.where(other.interest < 0, -1, other.interest + interests)
    return Affinity(
        np.where(missing, other.raw, own.raw),
        np.where(missing, other.value, own.value),
        np.where(missing, theirs, own.interest),
    )


def _cosines(
    vectors: VectorTable, count: int, directions: NDArray[np.float32], common: tuple[float, ...]
) -> NDArray[np.float64]:
    """Cosines of unit vectors without what is common, [count, directions].

    With a and b the parts of two vectors along the common direction, it is
    (cos − a·b) / √((1 − a²) · (1 − b²)); 0 where one lies along it wholly.
    """
    if not common:
        return _rounded(vectors.products(directions, count))
    axis = np.array(common, dtype=np.float32)
    products = vectors.products(np.vstack([directions, axis]), count).astype(np.float64)
    cosines, along = products[:, :-1], products[:, -1:]
    theirs = (directions @ axis).astype(np.float64)
    scale = np.sqrt(np.maximum((1.0 - along**2) * (1.0 - theirs**2), 0.0))
    rest = cosines - along * theirs
    compared = np.divide(rest, scale, out=np.zeros_like(rest), where=scale > _ALL_COMMON)
    return _rounded(compared)


def _rounded(cosines: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float64]:
    rounded: NDArray[np.float64] = cosines.astype(np.float64).round(_DECIMALS).clip(-1.0, 1.0)
    return rounded


def _avoiding(
    cosines: NDArray[np.float64],
    avoided: tuple[Interest, ...],
    calibrations: ModalityCalibrations,
    aversion: float,
) -> tuple[NDArray[np.int64], Column]:
    """Which of the avoided speaks most against each post, and the factor it leaves, both [n]."""
    if not avoided:
        return np.zeros(len(cosines), dtype=np.int64), np.ones(len(cosines))
    against = calibrations.pair(cosines) * [each.weight for each in avoided]
    worst = against.argmax(axis=1)
    return worst, 1.0 - aversion * against[np.arange(len(cosines)), worst]
