"""Engagement and recency, each a column over posts, and the constants of all signals.

What of the formulas is a choice is a default of `SignalParameters`.
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SignalParameters:
    """Constants of the signals.

    `comment_weight`: likes that a comment is worth. `engagement_midpoint`: interactions at which
    engagement is one half. `half_life_hours`: age at which recency is one half.
    `interest_exponent`: 0 makes all interests of a viewer count alike, 1 in proportion to their
    weight. `aversion` in [0, 1]: the share of its value that a post loses which is surely like
    something that the viewer strongly avoids.
    """

    comment_weight: float = 2.0
    engagement_midpoint: float = 50.0
    half_life_hours: float = 24.0
    interest_exponent: float = 0.1
    aversion: float = 0.5

    def __post_init__(self) -> None:
        for each in fields(self):
            if not math.isfinite(getattr(self, each.name)):
                raise ValueError(f"{each.name} must be finite, not {getattr(self, each.name)}")
        if self.comment_weight < 0 or self.engagement_midpoint < 0 or self.half_life_hours <= 0:
            raise ValueError(
                "comment_weight and engagement_midpoint must be ≥ 0, half_life_hours above 0"
            )
        if self.interest_exponent < 0 or not 0 <= self.aversion <= 1:
            raise ValueError("interest_exponent must be ≥ 0, aversion must be in [0, 1]")


def interactions(likes: Column, comments: Column, comment_weight: float) -> Column:
    """Likes plus weighted comments, [n]."""
    return likes + comment_weight * comments


def engagement(interactions: Column, midpoint: float) -> Column:
    """Sigmoid of log interactions around log midpoint, in (0, 1), [n].

    σ(ln(1+x) − ln(1+m)) = (1+x) / ((1+x) + (1+m)): counts spread over orders of magnitude, so
    the sigmoid stands over their logarithm, and one half is reached at the midpoint.
    """
    return 1.0 - (1.0 + midpoint) / (2.0 + midpoint + interactions)


def ages_hours(created_at_s: Column, now_s: float) -> Column:
    """Age in hours, [n]; a post from the future counts as new."""
    return np.maximum(0.0, now_s - created_at_s) / 3600.0


def recency(ages_hours: Column, half_life_hours: float) -> Column:
    """0.5^(age / half-life), in (0, 1], [n]."""
    column: Column = np.exp2(-ages_hours / half_life_hours)
    return column
