import numpy as np
import pytest

from ranking.vectors import VectorTable

X = np.array([1.0, 0.0], dtype=np.float32)


def test_a_missing_vector_has_a_row_of_zeros() -> None:
    table = VectorTable.of([X, None, -X])
    assert table is not None
    assert table.matrix.tolist() == [[1.0, 0.0], [0.0, 0.0], [-1.0, 0.0]]
    assert table.matrix.dtype == np.float32
    assert table.present.tolist() == [True, False, True]


def test_no_vectors_no_table() -> None:
    assert VectorTable.of([None, None]) is None
    assert VectorTable.of([]) is None


def test_vectors_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        VectorTable.of([X, np.ones(3, dtype=np.float32)])
