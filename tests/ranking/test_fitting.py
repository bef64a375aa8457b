import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.fitting import MEAN_LEVELS, MIN_SAMPLE, PAIR_LEVELS, Cosines, fit, separation

samples = st.lists(st.floats(-1, 1), min_size=MIN_SAMPLE, max_size=150).map(np.array)


def spread(sample: Cosines) -> bool:
    return bool(np.ptp(sample) > 1e-5)


def test_a_line_from_the_middle_of_the_one_to_the_top_of_the_other() -> None:
    """Background evenly over [0, 1], related over [0.5, 1.5]."""
    background, related = np.linspace(0, 1, 101), np.linspace(0.5, 1.5, 101)
    calibration = fit(background, related, "made", PAIR_LEVELS)
    values = calibration(np.array([-1.0, 0.5, 0.725, 0.95, 1.45, 2.0]))
    assert values == pytest.approx([0.0, 0.0, 0.225 / 0.95, 0.45 / 0.95, 1.0, 1.0])
    assert calibration.name == "made"


def test_related_pairs_that_are_no_nearer_are_refused() -> None:
    near = np.linspace(0.5, 1.0, 100)
    with pytest.raises(ValueError, match=r"'worse': related cosines .* are no larger"):
        fit(near, near - 0.5, "worse", PAIR_LEVELS)


def test_separation_by_hand() -> None:
    background = np.array([0.1, 0.2, 0.3, 0.4])
    assert separation(background, np.array([0.5, 0.9])) == 1.0
    assert separation(background, background) == 0.5
    assert separation(background, np.array([0.3])) == pytest.approx(2.5 / 4)


@given(samples.filter(spread), st.integers(0, 100))
def test_the_order_of_a_sample_does_not_matter(sample: Cosines, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(sample)
    assert fit(sample, sample + 2.0, "any", MEAN_LEVELS) == fit(
        shuffled, shuffled + 2.0, "any", MEAN_LEVELS
    )


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
        fit(np.linspace(0, 1, 100), sample, "bad", PAIR_LEVELS)
    with pytest.raises(ValueError, match=message.replace("related", "background")):
        fit(sample, np.linspace(0, 1, 100), "bad", PAIR_LEVELS)
