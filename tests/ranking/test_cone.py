import numpy as np
import pytest

from ranking.cone import common_direction, take_out, without


def test_the_common_direction_is_that_of_the_mean() -> None:
    vectors = np.array([[0.6, 0.8], [0.6, -0.8]], dtype=np.float32)
    assert common_direction(vectors) == (1.0, 0.0)


def test_what_has_no_mean_has_nothing_in_common() -> None:
    assert common_direction(np.array([[1, 0], [-1, 0]], dtype=np.float32)) == ()
    assert common_direction(np.empty((0, 4), dtype=np.float32)) == ()


def test_vectors_without_it_are_unit_and_at_right_angles_to_it() -> None:
    rng = np.random.default_rng(2)
    vectors = rng.standard_normal((50, 8)) + np.array([3.0] + [0.0] * 7)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    common = common_direction(vectors)
    rest = without(vectors, common)
    assert np.linalg.norm(rest, axis=1) == pytest.approx(np.ones(50), abs=1e-4)
    assert np.abs(rest @ np.array(common)).max() < 1e-4
    assert without(vectors, ()) is vectors


def test_what_is_nothing_but_common_becomes_zeros() -> None:
    vectors = np.array([[1, 0], [0.6, 0.8]], dtype=np.float32)
    assert without(vectors, (1.0, 0.0)) == pytest.approx(np.array([[0.0, 0.0], [0.0, 1.0]]))


def test_products_without_it_are_those_of_vectors_without_it() -> None:
    rng = np.random.default_rng(4)
    vectors = rng.standard_normal((20, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[3] = (0, 1, 0, 0, 0, 0)
    common = (0.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    products = vectors @ vectors.T
    take_out(products, vectors @ np.array(common, dtype=np.float32))
    rest = without(vectors, common)
    assert products == pytest.approx(rest @ rest.T, abs=1e-4)
