import numpy as np
import pytest

from ranking.estimators import (
    StreamedRatio,
    bootstrap_mean,
    importance_weights,
    paired_difference,
    poisson_counts,
    snips,
)

RNG = np.random.default_rng(11)


def test_a_bootstrap_interval_is_that_of_the_normal_theory() -> None:
    values = RNG.normal(2.0, 3.0, 900)
    estimate, low, high = bootstrap_mean(values, seed=1)
    half = 1.96 * values.std() / 30
    assert estimate == pytest.approx(values.mean())
    assert low == pytest.approx(values.mean() - half, abs=0.04)
    assert high == pytest.approx(values.mean() + half, abs=0.04)


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    intervals = [bootstrap_mean(RNG.random(60), seed=run, samples=300) for run in range(300)]
    covered = np.mean([low <= 0.5 <= high for _, low, high in intervals])
    assert 0.90 <= covered <= 0.98


def test_the_same_seed_gives_the_same_interval() -> None:
    values = RNG.random(50)
    assert bootstrap_mean(values, seed=4) == bootstrap_mean(values, seed=4)
    assert bootstrap_mean(values, seed=4) != bootstrap_mean(values, seed=5)


def test_pairs_take_out_what_units_share() -> None:
    shared = RNG.normal(0, 10, 200)
    a, b = shared + 0.5 + RNG.normal(0, 0.1, 200), shared
    estimate, low, high = paired_difference(a, b, seed=2)
    assert estimate == pytest.approx(0.5, abs=0.05)
    assert high - low < 0.05
    with pytest.raises(ValueError, match="no pairs"):
        paired_difference(a, b[:1], seed=2)


def test_nothing_to_estimate_is_nan() -> None:
    assert np.isnan(bootstrap_mean(np.array([]), seed=1)).all()
    assert np.isnan(snips(np.array([1.0]), np.array([0.0]), seed=1)).all()


def test_importance_weights_are_clipped() -> None:
    weights = importance_weights(np.array([1.0, 1.0, 0.0]), np.array([0.5, 0.01, 0.3]), clip=10)
    assert weights.tolist() == [2.0, 10.0, 0.0]


@pytest.mark.parametrize("logged", [0.0, np.nan, 1.5])
def test_a_propensity_that_is_none_is_refused(logged: float) -> None:
    with pytest.raises(ValueError, match=r"\(0, 1\]"):
        importance_weights(np.array([1.0]), np.array([logged]))


def test_snips_by_hand() -> None:
    # (2·1 + 4·0 + 0·1) / (2 + 4 + 0)
    estimate = snips(np.array([1.0, 0.0, 1.0]), np.array([2.0, 4.0, 0.0]), seed=1).estimate
    assert estimate == pytest.approx(1 / 3)


def test_snips_finds_the_value_of_a_policy_that_was_not_served() -> None:
    # Two actions of reward 0.2 and 0.6, logged 80 : 20; asked about: always the second.
    second = RNG.random(20_000) < 0.2
    reward = (RNG.random(20_000) < np.where(second, 0.6, 0.2)).astype(float)
    weights = importance_weights(second.astype(float), np.where(second, 0.2, 0.8))
    estimate, low, high = snips(reward, weights, seed=3, samples=200)
    assert estimate == pytest.approx(0.6, abs=0.03)
    assert low < 0.6 < high


def test_rows_of_a_unit_are_drawn_together() -> None:
    unit_mean = np.repeat(RNG.normal(0, 1, 40), 25)
    apart = snips(unit_mean, np.ones(1000), seed=5)
    together = snips(unit_mean, np.ones(1000), seed=5, units=np.repeat(np.arange(40), 25))
    assert together.estimate == pytest.approx(apart.estimate)
    assert (together.high - together.low) / (apart.high - apart.low) == pytest.approx(5, rel=0.2)


def test_counts_of_a_unit_are_its_own_and_average_one() -> None:
    counts = poisson_counts("viewer é", seed=7, samples=20_000)
    assert (counts == poisson_counts("viewer é", seed=7, samples=20_000)).all()
    assert (counts != poisson_counts("viewer e", seed=7, samples=20_000)).any()
    assert counts.mean() == pytest.approx(1.0, abs=0.03)
    assert counts.var() == pytest.approx(1.0, abs=0.05)


def test_a_stream_gives_the_interval_of_the_whole() -> None:
    numerators, denominators = RNG.random(800), RNG.random(800) + 0.5
    streamed = StreamedRatio(1000)
    for row, (numerator, denominator) in enumerate(zip(numerators, denominators, strict=True)):
        streamed.add(numerator, denominator, poisson_counts(str(row), seed=1, samples=1000))
    whole = snips(numerators / denominators, denominators, seed=1)
    assert streamed.interval() == pytest.approx(whole, abs=0.006)


def test_streams_with_the_same_counts_are_paired() -> None:
    a, b = StreamedRatio(200), StreamedRatio(200)
    for row in range(100):
        counts = poisson_counts(str(row), seed=1, samples=200)
        a.add(row + 1.0, 1.0, counts)
        b.add(float(row), 1.0, counts)
    assert a.minus(b) == pytest.approx((1.0, 1.0, 1.0))
    assert np.isnan(StreamedRatio(10).interval()).all()
