import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.agreement import (
    kendall_tau_b,
    overlap_at,
    rank_biased_overlap,
    rank_correlation,
)

RANKINGS = st.lists(st.integers(0, 12), unique=True, max_size=9)


def test_overlap_is_the_share_of_the_heads_in_common() -> None:
    assert overlap_at("abcde", "badxy", 3) == pytest.approx(2 / 3)
    assert overlap_at("abcde", "badxy", 1) == 0.0
    assert overlap_at("abcde", "badxy", 5) == pytest.approx(3 / 5)


def test_overlap_of_short_lists_is_of_the_longer_one() -> None:
    assert overlap_at("ab", "bacd", 10) == 0.5
    assert overlap_at("ab", "ba", 10) == 1.0
    assert overlap_at("", "ab", 10) == 0.0
    assert overlap_at("", "", 10) == 0.0


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4], 1.0),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1.0),
        # One of six pairs runs the other way: (5 - 1) / 6.
        ([1, 2, 3, 4], [1, 3, 2, 4], 2 / 3),
        # P = 4, Q = 0, one pair tied in x alone and one in y alone: 4 / √(5 · 5).
        ([1, 2, 2, 3], [1, 3, 2, 3], 0.8),
        # P = 1, Q = 1, one pair tied in x alone: 0.
        ([1, 1, 2], [1, 3, 2], 0.0),
        # P = 2, Q = 0, one pair tied in x alone: 2 / √(3 · 2).
        ([1, 1, 2], [1, 2, 3], 2 / 6**0.5),
        ([1, 1, 1], [1, 2, 3], None),
        ([1], [1], None),
        ([], [], None),
    ],
)
def test_kendalls_tau_b(x: list[float], y: list[float], expected: float | None) -> None:
    found = kendall_tau_b(np.array(x, dtype=np.float64), np.array(y, dtype=np.float64))
    assert found == (None if expected is None else pytest.approx(expected))


def test_rank_correlation_is_of_what_both_rank() -> None:
    # a, c, d are common: of their three pairs, only (c, d) runs the other way.
    assert rank_correlation("axcd", "adcy") == pytest.approx(1 / 3)
    assert rank_correlation("abc", "cba") == -1.0
    assert rank_correlation("abc", "axy") is None
    assert rank_correlation("", "abc") is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("ab", "ab", 1.0),
        ("ab", "xy", 0.0),
        # X = 0, 2: (0 + 2/2 · 1/4) + 2/2 · 1/4.
        ("ab", "ba", 0.5),
        # X = 1, 1: (1/2 + 1/2 · 1/4) + 1/2 · 1/4.
        ("ax", "ay", 0.75),
        # X = 0, 1; the shorter one ends at depth 1 with 0: 1/2 · 1/4 + 1/2 · 1/4.
        ("a", "ba", 0.25),
        # X = 1, 1; all that is seen agrees, and is taken to go on: 5/8 + 1/8 + 1/4.
        ("a", "ab", 1.0),
        # X = 0, 1, 1: (1/2 · 1/4 + 1/3 · 1/8 + 1/2 · 1/3 · 1/8) + (0 + 1/2) · 1/8.
        ("ab", "bxy", 0.125 + 1 / 24 + 1 / 48 + 1 / 16),
        ("", "abc", 0.0),
        ("", "", 0.0),
    ],
)
def test_rank_biased_overlap(one: str, other: str, expected: float) -> None:
    assert rank_biased_overlap(one, other, p=0.5) == pytest.approx(expected)
    assert rank_biased_overlap(other, one, p=0.5) == pytest.approx(expected)


def test_the_first_ten_places_carry_most_of_the_weight() -> None:
    head = list(range(10))
    agreeing = rank_biased_overlap([*head, *range(100, 290)], [*head, *range(300, 490)])
    disagreeing = rank_biased_overlap([*range(100, 110), *head], [*range(300, 310), *head])
    assert agreeing > 0.7
    assert disagreeing < 0.3


@given(RANKINGS, RANKINGS)
def test_measures_stay_within_their_bounds_and_do_not_care_who_is_first(
    one: list[int], other: list[int]
) -> None:
    overlap = rank_biased_overlap(one, other)
    assert 0.0 <= overlap <= 1.0 + 1e-12
    assert overlap == pytest.approx(rank_biased_overlap(other, one))
    assert overlap_at(one, other, 5) == overlap_at(other, one, 5)
    correlation = rank_correlation(one, other)
    assert correlation == rank_correlation(other, one)
    assert correlation is None or -1.0 <= correlation <= 1.0


@given(RANKINGS.filter(bool))
def test_a_ranking_agrees_with_itself(one: list[int]) -> None:
    assert rank_biased_overlap(one, one) == pytest.approx(1.0)
    assert overlap_at(one, one, 3) == 1.0
    assert rank_correlation(one, one) in (None, 1.0)
