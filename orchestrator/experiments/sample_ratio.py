"""Whether the viewers came to the variants as the shares say.

A mismatch says that something loses or moves viewers, so that no other number can be trusted
(Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD 2019).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

ALARM_BELOW = 0.001
"""A p-value that chance gives once in a thousand looks."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """`expected` viewers by variant, Pearson's statistic, its p-value, and whether it alarms."""

    expected: tuple[float, ...]
    statistic: float
    p_value: float

    @property
    def mismatch(self) -> bool:
        """Whether chance alone hardly explains it."""
        return self.p_value < ALARM_BELOW


def check_sample_ratio(viewers: Sequence[int], shares: Sequence[float]) -> SampleRatio | None:
    """Pearson's χ² of viewers by variant against shares of any sum; None without viewers."""
    total, whole = sum(viewers), sum(shares)
    if not total:
        return None
    expected = tuple(total * share / whole for share in shares)
    statistic = sum(
        (found - wanted) ** 2 / wanted for found, wanted in zip(viewers, expected, strict=True)
    )
    return SampleRatio(expected, statistic, chi_square_tail(statistic, len(viewers) - 1))


def chi_square_tail(statistic: float, degrees: int) -> float:
    """P(χ² ≥ `statistic`) for `degrees` ≥ 1 of freedom.

    In closed form (Abramowitz & Stegun 26.4.4, 26.4.5): Q(1) = erfc(√h) or Q(2) = e⁻ʰ, and
    Q(k + 2) = Q(k) + hᵏᐟ² e⁻ʰ / Γ(k/2 + 1), of h = statistic / 2.
    """
    half = statistic / 2
    if half <= 0:
        return 1.0
    known = 2 - degrees % 2
    tail = math.erfc(math.sqrt(half)) if known == 1 else math.exp(-half)
    for k in range(known, degrees, 2):
        tail += math.exp(k / 2 * math.log(half) - half - math.lgamma(k / 2 + 1))
    return min(1.0, tail)
