import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from ranking.metrics import (
    coverage,
    dcg_at,
    intra_list_distance,
    ndcg_at,
    reciprocal_rank,
    repeat_rate,
)


def test_dcg_by_hand() -> None:
    # 3/log2(2) + 2/log2(3) + 0 + 1/log2(5)
    by_hand = 3 + 2 / math.log2(3) + 1 / math.log2(5)
    assert dcg_at(np.array([3.0, 2.0, 0.0, 1.0, 9.0]), k=4) == pytest.approx(by_hand)


def test_ndcg_by_hand() -> None:
    # Served 0, 1 of a pool {0, 1, 2}: (1/log2 3) / (2 + 1/log2 3)
    by_hand = (1 / math.log2(3)) / (2 + 1 / math.log2(3))
    pool = np.array([1.0, 0.0, 2.0])
    assert ndcg_at(np.array([0.0, 1.0]), k=2, pool=pool) == pytest.approx(by_hand)


def test_the_best_order_scores_one_and_no_gain_scores_nought() -> None:
    assert ndcg_at(np.array([3.0, 2.0, 2.0, 0.0]), k=3) == 1.0
    assert ndcg_at(np.zeros(4), k=3) == 0.0
    assert ndcg_at(np.array([]), k=3) == 0.0


@given(
    st.lists(st.floats(0, 1, width=32), min_size=2, max_size=30),
    st.integers(1, 12),
)
def test_ndcg_is_that_of_scikit_learn(gains: list[float], k: int) -> None:
    order = np.arange(len(gains), 0, -1)
    theirs = ndcg_score([gains], [order], k=k)
    assert ndcg_at(np.array(gains), k) == pytest.approx(theirs, abs=1e-9)


def test_reciprocal_rank() -> None:
    assert reciprocal_rank(np.array([False, False, True, True])) == pytest.approx(1 / 3)
    assert reciprocal_rank(np.array([False])) == 0.0


def test_intra_list_distance_by_hand() -> None:
    # Cosines of the three pairs: 0, 1/√2, 1/√2.
    vectors = np.array([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    assert intra_list_distance(vectors) == pytest.approx(1 - math.sqrt(2) / 3)
    assert intra_list_distance(vectors[:1]) == 0.0


def test_intra_list_distance_is_the_mean_over_pairs() -> None:
    vectors = np.random.default_rng(3).standard_normal((7, 5))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = [1 - unit[i] @ unit[j] for i in range(7) for j in range(i)]
    assert intra_list_distance(vectors) == pytest.approx(np.mean(pairs))


def test_a_vector_without_direction_is_refused() -> None:
    with pytest.raises(ValueError, match="no direction"):
        intra_list_distance(np.zeros((2, 3)))


def test_coverage_and_repeats() -> None:
    assert coverage(["a", "b", "a"], catalogue=8) == 0.25
    assert repeat_rate(["a", "b", "a", "a"]) == 0.5
    assert repeat_rate(["a", "b", "a", "c"], before=["b", "x"]) == 0.5
    assert repeat_rate([]) == 0.0
    with pytest.raises(ValueError, match="2 different things served of a catalogue of 1"):
        coverage(["a", "b"], catalogue=1)
