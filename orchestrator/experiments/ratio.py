"""Engagement rates: ratios of two sums over viewers, and how sure they are.

A viewer's impressions depend on each other, so that the viewer is the unit: the variance is the
delta method's (Deng, Knoblich, Lu, "Applying the Delta Method in Metric Analytics", KDD 2018;
Kohavi, Tang, Xu, "Trustworthy Online Controlled Experiments", chapter 18).
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

_Z = NormalDist().inv_cdf(0.975)


class Interval(NamedTuple):
    """A 95 % confidence interval."""

    low: float
    high: float


class Estimate(NamedTuple):
    """A number, its variance, and its interval."""

    value: float
    variance: float

    @property
    def interval(self) -> Interval:
        """By the normal distribution."""
        half = _Z * math.sqrt(self.variance)
        return Interval(self.value - half, self.value + half)


@dataclass(slots=True)
class RatioSums:
    """Sums over viewers of a numerator y, a denominator x, their squares and product."""

    viewers: int = 0
    x: int = 0
    y: int = 0
    xx: int = 0
    xy: int = 0
    yy: int = 0

    def add(self, *, numerator: int, denominator: int) -> None:
        """Count one viewer."""
        self.viewers += 1
        self.x += denominator
        self.y += numerator
        self.xx += denominator * denominator
        self.xy += numerator * denominator
        self.yy += numerator * numerator


def ratio(sums: RatioSums) -> Estimate | None:
    """r = Σy / Σx with variance n / (n − 1) · Σ(y − r·x)² / (Σx)²; None for n < 2 or Σx = 0."""
    if sums.viewers < 2 or not sums.x:  # noqa: PLR2004
        return None
    value = sums.y / sums.x
    residual = sums.yy - 2 * value * sums.xy + value * value * sums.xx
    correction = sums.viewers / (sums.viewers - 1)
    # What cancels out leaves rounding, which may lie below 0.
    return Estimate(value, max(0.0, residual) * correction / sums.x**2)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A rate against the control's.

    `difference` is rate − control's. `uplift` is rate / control's − 1; None where that is 0.
    `p_value` is two-sided, of no difference; None where neither rate varies.
    """

    difference: Estimate
    uplift: Estimate | None
    p_value: float | None


def compare(rate: Estimate, control: Estimate) -> Comparison:
    """Compare the rates of two groups of viewers that share none."""
    difference = Estimate(rate.value - control.value, rate.variance + control.variance)
    p_value = None
    if difference.variance > 0:
        p_value = math.erfc(abs(difference.value) / math.sqrt(2 * difference.variance))
    return Comparison(difference, _uplift(rate, control), p_value)


def _uplift(rate: Estimate, control: Estimate) -> Estimate | None:
    if not control.value:
        return None
    quotient = rate.value / control.value
    variance = (rate.variance + quotient**2 * control.variance) / control.value**2
    return Estimate(quotient - 1, variance)
