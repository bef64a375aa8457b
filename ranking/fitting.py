"""Calibrations fitted to samples of cosines, so that a share of a signal means the same for all.

The map is a line from a quantile of pairs that have nothing to do with each other to one of pairs
that have. Where both kinds are spread alike a line is the logarithm of their likelihood ratio,
which is what adds up over modalities; a map by ranks would spend half its range on telling
unrelated pairs apart (docs/evaluation.md has the numbers).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranking.calibration import Calibration

Cosines = NDArray[np.float64]

MIN_SAMPLE = 50
"""Cosines of each kind, below which a fit would be of chance."""
_LEAST_RISE = 1e-4
_DIGITS = 6


class Levels(NamedTuple):
    """The share of unrelated pairs that a map gives 0, and of related ones below its 1."""

    background: float
    related: float


MEAN_LEVELS = Levels(0.8, 0.98)
"""Of means and posts; chosen by the simulation (docs/evaluation.md)."""
PAIR_LEVELS = Levels(0.5, 0.95)
"""Of two posts; chosen by the simulation too."""


def fit(background: Cosines, related: Cosines, name: str, levels: Levels) -> Calibration:
    """Fit a map to cosines of unrelated and of related pairs, each [n], in any order.

    Raises ValueError for fewer than `MIN_SAMPLE` numbers, for numbers that are not finite, for a
    sample without spread, and where related pairs have no larger cosines than unrelated ones.
    """
    unrelated = _checked(background, "background", name)
    low = float(np.quantile(unrelated, levels.background).round(_DIGITS))
    alike = _checked(related, "related", name)
    high = float(np.quantile(alike, levels.related).round(_DIGITS))
    if high < low + _LEAST_RISE:
        raise ValueError(
            f"calibration {name!r}: related cosines ({levels.related:.0%} below {high:.6f}) are no"
            f" larger than background ones ({levels.background:.0%} below {low:.6f})"
        )
    return Calibration(name, (low, high), (0.0, 1.0))


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
