"""What a sample tells about a mean: bootstrap intervals, and rewards of a policy not served.

Seeds are arguments; the same seed gives the same interval.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CHUNK = 1 << 22
"""Numbers drawn at once."""


class Interval(NamedTuple):
    """An estimate and its 95 % percentile interval; NaN where there is nothing to estimate."""

    estimate: float
    low: float
    high: float


def bootstrap_mean(values: Floats, *, seed: int, samples: int = 1000) -> Interval:
    """Mean of `values` [n] with its bootstrap interval (Efron & Tibshirani 1993, chapter 13)."""
    values = np.asarray(values, dtype=np.float64)
    return _ratio_interval(values, np.ones_like(values), seed, samples)


def paired_difference(a: Floats, b: Floats, *, seed: int, samples: int = 1000) -> Interval:
    """Mean of a − b over units measured both ways, [n] each; a unit is drawn with its pair.

    Raises ValueError where `a` and `b` differ in length.
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"{a.shape} and {b.shape} are no pairs")
    return bootstrap_mean(a - b, seed=seed, samples=samples)


def importance_weights(target: Floats, logged: Floats, clip: float = np.inf) -> Floats:
    """Probability under the policy asked about over that under the one that served, ≤ `clip`.

    Clipping trades variance for bias (Ionides 2008). Raises ValueError for a `logged`
    probability outside (0, 1], a `target` outside [0, 1] or a clip that is not above 0.
    """
    target, logged = np.asarray(target, dtype=np.float64), np.asarray(logged, dtype=np.float64)
    if not ((logged > 0) & (logged <= 1)).all():
        raise ValueError("a logged propensity must lie in (0, 1]")
    if not ((target >= 0) & (target <= 1)).all():
        raise ValueError("a target probability must lie in [0, 1]")
    if not clip > 0:
        raise ValueError("the clip must be above 0")
    weights: Floats = np.minimum(target / logged, clip)
    return weights


def snips(
    rewards: Floats,
    weights: Floats,
    *,
    seed: int,
    samples: int = 1000,
    units: NDArray[np.int64] | None = None,
) -> Interval:
    """Self-normalised IPS: Σ weight · reward / Σ weight (Swaminathan & Joachims, NIPS 2015).

    `rewards` and `weights` [n] (see `importance_weights`), one row an impression. `units` [n]
    names what is drawn together (a request, a viewer); None: every row is its own. NaN where no
    impression has weight.
    """
    rewards, weights = (np.asarray(column, dtype=np.float64) for column in (rewards, weights))
    if units is None:
        return _ratio_interval(rewards * weights, weights, seed, samples)
    names, unit = np.unique(units, return_inverse=True)
    numerators, denominators = np.zeros(names.size), np.zeros(names.size)
    np.add.at(numerators, unit, rewards * weights)
    np.add.at(denominators, unit, weights)
    return _ratio_interval(numerators, denominators, seed, samples)


def poisson_counts(unit: str, *, seed: int, samples: int) -> NDArray[np.int64]:
    """How often `unit` is drawn in each of `samples` resamples, [samples], the same at each call.

    A Poisson(1) count a unit is the bootstrap for streams (Chamandy et al. 2012): it needs no
    number of units beforehand, and rows of one unit that come apart are still drawn together.
    """
    entropy = [seed, int.from_bytes(unit.encode("utf-8", "surrogatepass"), "big")]
    return np.random.default_rng(entropy).poisson(1.0, samples).astype(np.int64)


class StreamedRatio:
    """Σ numerator / Σ denominator over a stream, with resamples; memory does not grow.

    A mean has denominator 1. Two ratios that were given the same counts are paired.
    """

    def __init__(self, samples: int) -> None:
        self._numerator, self._denominator = 0.0, 0.0
        self._numerators, self._denominators = np.zeros(samples), np.zeros(samples)

    def add(self, numerator: float, denominator: float, counts: NDArray[np.int64]) -> None:
        """Count one row; `counts` [samples] as `poisson_counts` gives them for its unit."""
        self._numerator += numerator
        self._denominator += denominator
        self._numerators += numerator * counts
        self._denominators += denominator * counts

    @property
    def estimate(self) -> float:
        """The ratio of what was seen; NaN before anything was."""
        return float(_divide(np.array([self._numerator]), np.array([self._denominator]))[0])

    @property
    def resampled(self) -> Floats:
        """The ratio of each resample, [samples]; NaN where it drew nothing."""
        return _divide(self._numerators, self._denominators)

    def interval(self) -> Interval:
        """The ratio and its interval."""
        return _interval(self.estimate, self.resampled)

    def minus(self, other: "StreamedRatio") -> Interval:
        """The paired difference of two ratios."""
        return _interval(self.estimate - other.estimate, self.resampled - other.resampled)


def _ratio_interval(numerators: Floats, denominators: Floats, seed: int, samples: int) -> Interval:
    """Bootstrap of Σ numerator / Σ denominator over units, [n] each."""
    count = numerators.size
    if not count:
        return Interval(np.nan, np.nan, np.nan)
    rng = np.random.default_rng(seed)
    rows = max(1, _CHUNK // count)
    resampled = np.empty(samples)
    for start in range(0, samples, rows):
        index = rng.integers(0, count, (min(rows, samples - start), count))
        resampled[start : start + rows] = _divide(
            numerators[index].sum(axis=1), denominators[index].sum(axis=1)
        )
    estimate = _divide(numerators.sum(keepdims=True), denominators.sum(keepdims=True))
    return _interval(float(estimate[0]), resampled)


def _divide(numerator: Floats, denominator: Floats) -> Floats:
    out = np.full(numerator.shape, np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator > 0)


def _interval(estimate: float, resampled: Floats) -> Interval:
    known = resampled[~np.isnan(resampled)]
    if not known.size:
        return Interval(estimate, np.nan, np.nan)
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(estimate, float(low), float(high))
