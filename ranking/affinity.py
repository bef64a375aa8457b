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
    times 1 − aversion · max over avoided posts of (strength · calibrated cosine). What the model's
    vectors have in common is taken out of calibrated cosines, not of `raw`. Where a viewer
    only avoids, it is ½ times the same, and `raw` is the negated cosine to what is avoided.
    Missing without a taste, or without the post's vector.
    """
    missing = Affinity(
        np.full(count, np.nan), np.full(count, np.nan), np.full(count, -1, dtype=np.int64)
    )
    if vectors is None or not count or not (taste.interests or taste.avoided):
        return missing
    raw, value, interest = missing.raw, missing.value, missing.interest
    present = vectors.present[:count]
    cosines = _cosines(vectors, count, (*taste.interests, *taste.avoided))
    liked, avoided = cosines[:, : len(taste.interests)], cosines[:, len(taste.interests) :]
    nearest, factor = _avoiding(avoided, taste.avoided, calibrations, parameters.aversion)
    if taste.interests:
        strength = _calibrated(liked, taste.interests, calibrations) * [
            each.weight**parameters.interest_exponent for each in taste.interests
        ]
        best = strength.argmax(axis=1)
        rows = np.arange(count)
        raw[present] = liked[rows, best][present]
        value[present] = (strength[rows, best] * factor)[present]
        interest[present] = best[present]
    else:
        raw[present] = -nearest[present]
        value[present] = (_UNKNOWN * factor)[present]
    return missing


def _cosines(
    vectors: VectorTable, count: int, interests: tuple[Interest, ...]
) -> NDArray[np.float64]:
    """Cosines of unit vectors, [count, interests]."""
    products = vectors.products(np.stack([each.vector for each in interests]), count)
    cosines: NDArray[np.float64] = products.astype(np.float64).round(_DECIMALS).clip(-1.0, 1.0)
    return cosines


def _calibrated(
    cosines: NDArray[np.float64],
    interests: tuple[Interest, ...],
    calibrations: ModalityCalibrations,
) -> NDArray[np.float64]:
    """Each column by the map of what it is compared with: a mean, or a post."""
    is_mean = np.array([each.media_id is None for each in interests])
    if is_mean.all():
        return calibrations.mean(cosines)
    values = calibrations.pair(cosines)
    if is_mean.any():
        values[:, is_mean] = calibrations.mean(cosines[:, is_mean])
    return values


def _avoiding(
    cosines: NDArray[np.float64],
    avoided: tuple[Interest, ...],
    calibrations: ModalityCalibrations,
    aversion: float,
) -> tuple[Column, Column]:
    """The cosine to what most speaks against each post, and the factor it leaves, both [n]."""
    if not avoided:
        return np.zeros(len(cosines)), np.ones(len(cosines))
    against = calibrations.pair(cosines) * [each.weight for each in avoided]
    worst = against.argmax(axis=1)
    rows = np.arange(len(cosines))
    return cosines[rows, worst], 1.0 - aversion * against[rows, worst]
