"""Calibrations fitted to samples of cosines, so that a share of a signal means the same for all.

A cosine's value says where it stands among pairs that have nothing to do with each other, and
among pairs that have: value(x) = ½ · F_background(x) + ½ · F_related(x), with F the share of the
sample that lies below.
"""

import numpy as np
from numpy.typing import NDArray

from ranking.calibration import Calibration

Cosines = NDArray[np.float64]

MIN_SAMPLE = 50
"""Cosines of each kind, below which a fit would be of chance."""
_LEVELS = 16
"""Quantiles of each sample that become knots, so that there are 32 at most."""
_DIGITS = 6


def fit(background: Cosines, related: Cosines, name: str) -> Calibration:
    """Fit a map to cosines of unrelated and of related pairs, each [n], in any order.

    Its knots stand at quantiles of both. Raises ValueError for fewer than `MIN_SAMPLE` numbers,
    for numbers that are not finite, and for a sample without spread.
    """
    samples = [_checked(background, "background", name), _checked(related, "related", name)]
    levels = np.linspace(0.0, 1.0, _LEVELS)
    quantiles = np.concatenate([np.quantile(sample, levels) for sample in samples])
    knots = np.unique(quantiles.round(_DIGITS))
    values = sum(0.5 * share_below(sample, knots) for sample in samples)
    return Calibration(name, tuple(knots.tolist()), tuple(np.round(values, _DIGITS).tolist()))


def share_below(sample: Cosines, at: Cosines) -> Cosines:
    """The share of `sample` below each of `at`, in [0, 1], of `at`'s shape.

    Linear between the sample's numbers: 0 at the least, 1 at the largest, and at numbers that
    stand there several times the middle of their ranks.
    """
    numbers, counts = np.unique(sample, return_counts=True)
    after = np.cumsum(counts)
    ranks = (2 * after - counts - 1) / 2
    shares: Cosines = np.interp(at, numbers, ranks / (len(sample) - 1), left=0.0, right=1.0)
    return shares


def separation(background: Cosines, related: Cosines) -> float:
    """The chance that a related pair has the larger cosine, in [0, 1]; ties count half.

    It is the area under the ROC curve: one half says that the cosines tell nothing.
    """
    ordered = np.sort(background)
    below = np.searchsorted(ordered, related, side="left")
    up_to = np.searchsorted(ordered, related, side="right")
    return float((below + up_to).mean() / (2 * len(ordered)))


def _checked(sample: Cosines, kind: str, name: str) -> Cosines:
    if len(sample) < MIN_SAMPLE:
        raise ValueError(
            f"calibration {name!r}: {len(sample)} {kind} cosines, {MIN_SAMPLE} are needed"
        )
    if not np.isfinite(sample).all():
        raise ValueError(f"calibration {name!r}: {kind} cosines must be finite")
    rounded = sample.astype(np.float64).round(_DIGITS)
    if np.ptp(rounded) == 0:
        raise ValueError(f"calibration {name!r}: {kind} cosines are all {rounded[0]:.6f}")
    return rounded
