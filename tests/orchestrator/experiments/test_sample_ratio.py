import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.experiments.sample_ratio import check_sample_ratio, chi_square_tail


@given(st.floats(0, 400), st.integers(1, 25))
def test_the_tail_is_scipys(statistic: float, degrees: int) -> None:
    expected = scipy.stats.chi2.sf(statistic, degrees)
    assert chi_square_tail(statistic, degrees) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_tails_of_the_tables() -> None:
    # Quantiles as every textbook prints them.
    for degrees, quantile in [(1, 3.841), (2, 5.991), (3, 7.815), (4, 9.488), (10, 18.307)]:
        assert chi_square_tail(quantile, degrees) == pytest.approx(0.05, abs=2e-5)
    assert chi_square_tail(0, 3) == 1
    assert chi_square_tail(1e6, 5) == 0


def test_a_check_by_hand() -> None:
    # 60 and 40 of 100 on halves: (10² + 10²) / 50 = 4, P(χ²₁ ≥ 4) = erfc(√2).
    found = check_sample_ratio([60, 40], [1, 1])
    assert found is not None
    assert (found.expected, found.statistic) == ((50.0, 50.0), 4.0)
    assert found.p_value == pytest.approx(math.erfc(math.sqrt(2)))
    assert not found.mismatch


def test_the_same_shares_of_more_viewers_alarm() -> None:
    # Twenty times as many: χ² = 80.
    found = check_sample_ratio([1200, 800], [0.5, 0.5])
    assert found is not None
    assert found.statistic == 80
    assert found.mismatch


def test_unequal_shares_against_scipy() -> None:
    viewers = [480, 260, 260]
    found = check_sample_ratio(viewers, [2, 1, 1])
    expected = scipy.stats.chisquare(viewers, [500, 250, 250])
    assert found is not None
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)


def test_nobody_is_no_mismatch() -> None:
    assert check_sample_ratio([0, 0], [1, 1]) is None


def test_chance_alarms_once_in_a_thousand() -> None:
    draws = np.random.default_rng(5).multinomial(3000, [0.5, 0.3, 0.2], size=20_000)
    alarms = sum(
        found is not None and found.mismatch
        for found in (check_sample_ratio(row.tolist(), [5, 3, 2]) for row in draws)
    )
    # 20 ± 3 √20.
    assert alarms == pytest.approx(20, abs=13)
