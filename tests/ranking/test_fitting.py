import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.fitting import MIN_SAMPLE, Cosines, fit, separation, share_below

samples = st.lists(st.floats(-1, 1), min_size=MIN_SAMPLE, max_size=150).map(np.array)


def spread(sample: Cosines) -> bool:
    return bool(np.ptp(sample) > 1e-5)


def test_half_of_each_share() -> None:
    """Background evenly over [0, 1], related over [0.5, 1.5]."""
    background, related = np.linspace(0, 1, 101), np.linspace(0.5, 1.5, 101)
    calibration = fit(background, related, "made")
    values = calibration(np.array([-1.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0]))
    expected = [0.0, 0.0, 0.125, 0.25, 0.5, 0.75, 0.875, 1.0, 1.0]
    assert values == pytest.approx(expected, abs=1e-6)
    assert calibration.name == "made"


def test_shares_by_hand() -> None:
    sample = np.array([0.1, 0.2, 0.2, 0.2, 0.6])
    # Ranks 0, 1, 2, 3, 4 of 4; the three in the middle share theirs.
    shares = share_below(sample, np.array([0.0, 0.1, 0.15, 0.2, 0.4, 0.6, 0.9]))
    assert shares == pytest.approx([0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0])


def test_separation_by_hand() -> None:
    background = np.array([0.1, 0.2, 0.3, 0.4])
    assert separation(background, np.array([0.5, 0.9])) == 1.0
    assert separation(background, background) == 0.5
    assert separation(background, np.array([0.3])) == pytest.approx(2.5 / 4)


def test_what_tells_nothing_is_one_half_in_the_middle() -> None:
    sample = np.random.default_rng(0).normal(0.5, 0.1, 2000)
    other = np.random.default_rng(1).normal(0.5, 0.1, 2000)
    assert fit(sample, other, "same")(np.array([0.5])) == pytest.approx(0.5, abs=0.03)


@given(samples.filter(spread), samples.filter(spread))
def test_a_fit_is_monotone_and_near_its_samples(background: Cosines, related: Cosines) -> None:
    calibration = fit(background, related, "any")
    assert 2 <= len(calibration.cosines) <= 33
    assert np.all(np.diff(calibration.cosines) > 0)
    assert np.all(np.diff(calibration.values) >= 0)
    values = calibration(np.sort(np.concatenate([background, related])))
    assert np.all(np.diff(values) >= -1e-12)  # between knots, as far as floats go
    assert 0 <= values[0] <= values[-1] <= 1


@given(samples.filter(spread), st.integers(0, 100))
def test_the_order_of_a_sample_does_not_matter(sample: Cosines, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(sample)
    assert fit(sample, sample + 0.1, "any") == fit(shuffled, shuffled + 0.1, "any")


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (np.linspace(0, 1, MIN_SAMPLE - 1), "49 related cosines, 50 are needed"),
        (np.empty(0), "0 related cosines"),
        (np.full(100, 0.25), "all 0.250000"),
        (np.append(np.linspace(0, 1, 100), np.nan), "must be finite"),
    ],
)
def test_samples_that_tell_too_little(sample: Cosines, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(np.linspace(0, 1, 100), sample, "bad")
    with pytest.raises(ValueError, match=message.replace("related", "background")):
        fit(sample, np.linspace(0, 1, 100), "bad")
