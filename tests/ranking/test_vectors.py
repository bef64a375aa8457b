import numpy as np
import pytest

from ranking.vectors import VectorTable, unit_mean

X = np.array([1.0, 0.0], dtype=np.float32)


def test_a_missing_vector_has_a_row_of_zeros() -> None:
    table = VectorTable.of([X, None, -X])
    assert table is not None
    assert table.present.tolist() == [True, False, True]
    matrix = table.matrix(np.array([2, 1]))
    assert matrix.tolist() == [[-1.0, 0.0], [0.0, 0.0]]
    assert matrix.dtype == np.float32


def test_products_of_the_first_posts() -> None:
    vectors = np.random.default_rng(1).standard_normal((200, 8)).astype(np.float32)
    table = VectorTable.of(list(vectors))
    assert table is not None
    others = vectors[3:6]
    for count in (1, 64, 65, 200):
        products = table.products(others, count)
        assert products == pytest.approx(vectors[:count] @ others.T, abs=1e-5)


def test_no_vectors_no_table() -> None:
    assert VectorTable.of([None, None]) is None
    assert VectorTable.of([]) is None


def test_vectors_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        VectorTable.of([X, np.ones(3, dtype=np.float32)])


def test_the_mean_of_unit_vectors_is_one() -> None:
    y = np.array([0.0, 1.0], dtype=np.float32)
    mean = unit_mean([X, y])
    assert mean == pytest.approx([0.5**0.5, 0.5**0.5])
    assert mean is not None
    assert mean.dtype == np.float32
    assert unit_mean([]) is None
    assert unit_mean([X, -X]) is None
