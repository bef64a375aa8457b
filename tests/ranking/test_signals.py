import numpy as np
import pytest

from ranking import signals
from ranking.signals import SignalParameters


def test_a_comment_counts_as_two_likes() -> None:
    column = signals.interactions(np.array([10.0]), np.array([3.0]), comment_weight=2.0)
    assert column.tolist() == [16.0]


@pytest.mark.parametrize(
    ("interactions", "value"),
    # (1 + x) / ((1 + x) + (1 + 50)), by hand
    [(0.0, 1 / 52), (50.0, 0.5), (101.0, 2 / 3), (458.0, 0.9)],
)
def test_engagement_is_a_sigmoid_over_the_logarithm(interactions: float, value: float) -> None:
    assert signals.engagement(np.array([interactions]), 50.0)[0] == pytest.approx(value)


@pytest.mark.parametrize(
    ("age_hours", "value"), [(0.0, 1.0), (24.0, 0.5), (48.0, 0.25), (12.0, 0.70710678)]
)
def test_recency_halves_every_24_hours(age_hours: float, value: float) -> None:
    assert signals.recency(np.array([age_hours]), 24.0)[0] == pytest.approx(value)


def test_a_post_from_the_future_is_new() -> None:
    assert signals.ages_hours(np.array([7200.0, 0.0]), now_s=3600.0).tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    "parameters",
    [
        {"comment_weight": -1.0},
        {"comment_weight": float("nan")},
        {"half_life_hours": float("inf")},
        {"half_life_hours": 0.0},
        {"engagement_midpoint": -1.0},
        {"interest_exponent": -1.0},
        {"aversion": 1.5},
    ],
)
def test_impossible_parameters_are_refused(parameters: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        SignalParameters(**parameters)
