import math

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray

from orchestrator.experiments.ratio import (
    Comparison,
    Estimate,
    Interval,
    RatioSums,
    compare,
    ratio,
)

Ints = NDArray[np.int64]


def sums(*viewers: tuple[int, int]) -> RatioSums:
    """Of (engaged, impressions) by viewer."""
    found = RatioSums()
    for engaged, impressions in viewers:
        found.add(numerator=engaged, denominator=impressions)
    return found


def test_a_rate_by_hand() -> None:
    # r = 6 / 30 = 0.2; y − r·x = 1 − 2, 4 − 2, 1 − 2 = −1, 2, −1, squares 6;
    # variance 3 / 2 · 6 / 30² = 0.01.
    found = ratio(sums((1, 10), (4, 10), (1, 10)))
    assert found == pytest.approx((0.2, 0.01))
    half = 1.959963984540054 * 0.1
    assert found is not None
    assert found.interval == pytest.approx((0.2 - half, 0.2 + half))


def test_viewers_of_different_length_by_hand() -> None:
    # r = 3 / 30 = 0.1; y − r·x = 0, 1, −1; variance 3 / 2 · 2 / 30² = 1 / 300.
    assert ratio(sums((1, 10), (1, 0), (1, 20))) == pytest.approx((0.1, 1 / 300))


@pytest.mark.parametrize("viewers", [(), ((3, 10),), ((0, 0), (0, 0))])
def test_too_little_for_a_rate(viewers: tuple[tuple[int, int], ...]) -> None:
    assert ratio(sums(*viewers)) is None


def test_a_rate_that_does_not_vary_is_sure() -> None:
    assert ratio(sums((1, 3), (2, 6), (1, 3))) == pytest.approx((1 / 3, 0), abs=1e-15)
    assert ratio(sums((0, 3), (0, 6))) == (0, 0)


def test_a_comparison_by_hand() -> None:
    # Difference 0.01, variance 0.0002 + 0.00005 = 0.00025; z = 0.01 / √0.00025 = 0.632…
    # Uplift 0.06 / 0.05 − 1 = 0.2, variance (0.0002 + 1.2² · 0.00005) / 0.05² = 0.1088.
    found = compare(Estimate(0.06, 0.0002), Estimate(0.05, 0.00005))
    assert found.difference == pytest.approx((0.01, 0.00025))
    assert found.uplift == pytest.approx((0.2, 0.1088))
    assert found.p_value == pytest.approx(2 * scipy.stats.norm.sf(0.01 / math.sqrt(0.00025)))


def test_against_a_control_that_nobody_answered() -> None:
    found = compare(Estimate(0.1, 0.0025), Estimate(0.0, 0.0))
    assert found.uplift is None
    assert found.difference == (0.1, 0.0025)
    assert found.p_value == pytest.approx(2 * scipy.stats.norm.sf(2))


def test_two_that_do_not_vary() -> None:
    assert compare(Estimate(0.0, 0.0), Estimate(0.0, 0.0)) == Comparison(
        Estimate(0.0, 0.0), None, None
    )


def draw(rng: np.random.Generator, viewers: int, rate: float) -> tuple[Ints, Ints]:
    """Engaged and impressions of viewers who differ; who looks longer answers less often."""
    impressions = rng.geometric(0.02, viewers)
    own = rng.beta(20 * rate, 20 * (1 - rate), viewers) / (1 + impressions / 200)
    return rng.binomial(impressions, own), impressions


def sums_of(drawn: tuple[Ints, Ints]) -> RatioSums:
    y, x = drawn
    return RatioSums(
        viewers=x.size,
        x=int(x.sum()),
        y=int(y.sum()),
        xx=int(x @ x),
        xy=int(x @ y),
        yy=int(y @ y),
    )


def compared(rng: np.random.Generator, rate: float) -> Comparison:
    found, control = ratio(sums_of(draw(rng, 500, rate))), ratio(sums_of(draw(rng, 500, 0.10)))
    assert found is not None
    assert control is not None
    return compare(found, control)


def share_of(intervals: list[Interval], truth: float) -> float:
    return float(np.mean([low <= truth <= high for low, high in intervals]))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """3,000 experiments of 500 viewers a side: 95 % ± three standard errors of 0.4 %."""
    rng = np.random.default_rng(11)
    many = [ratio(sums_of(draw(rng, 400_000, rate))) for rate in (0.12, 0.10)]
    true_rate, true_control = (one.value for one in many if one)
    found = [compared(rng, 0.12) for _ in range(3000)]
    differences = [one.difference.interval for one in found]
    uplifts = [one.uplift.interval for one in found if one.uplift]
    assert share_of(differences, true_rate - true_control) == pytest.approx(0.95, abs=0.012)
    assert share_of(uplifts, true_rate / true_control - 1) == pytest.approx(0.95, abs=0.012)


def test_where_there_is_no_difference_one_in_twenty_seems_to_be() -> None:
    rng = np.random.default_rng(12)
    p_values = [compared(rng, 0.10).p_value or 0.0 for _ in range(3000)]
    assert np.mean([p < 0.05 for p in p_values]) == pytest.approx(0.05, abs=0.012)
    assert scipy.stats.kstest(p_values, "uniform").pvalue > 0.01


def test_impressions_as_units_would_be_too_sure() -> None:
    """Why the viewer is the unit: the binomial's interval misses the truth far too often."""
    rng = np.random.default_rng(13)
    truth = ratio(sums_of(draw(rng, 400_000, 0.10)))
    assert truth is not None
    binomial, delta = [], []
    for _ in range(2000):
        drawn = sums_of(draw(rng, 500, 0.10))
        rate = drawn.y / drawn.x
        binomial.append(Estimate(rate, rate * (1 - rate) / drawn.x).interval)
        found = ratio(drawn)
        assert found is not None
        delta.append(found.interval)
    assert share_of(binomial, truth.value) < 0.80
    assert share_of(delta, truth.value) == pytest.approx(0.95, abs=0.015)
