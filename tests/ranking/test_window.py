import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ranking.window import LargestInWindow, SpanOfWindow, SumOfWindow, Unwatched, Window

Floats = NDArray[np.float64]
STEPS = 30


def random_vectors(seed: int, count: int, dimension: int) -> Floats:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def walk(window: Window, rows: list[int]) -> list[Floats]:
    """Redundancy after each step."""
    seen = []
    for row in rows:
        window.add(row)
        seen.append(window.redundancy.copy())
    return seen


@given(st.integers(0, 10**6), st.integers(1, 7))
def test_largest_equals_looking_at_the_whole_window(seed: int, size: int) -> None:
    similarity = np.random.default_rng(seed).uniform(size=(STEPS, STEPS))
    rows = np.random.default_rng(seed + 1).permutation(STEPS).tolist()
    for step, seen in enumerate(walk(LargestInWindow(similarity, size), rows)):
        last = rows[max(0, step + 1 - size) : step + 1]
        assert seen.tolist() == similarity[last].max(axis=0).tolist()


@given(st.integers(0, 10**6), st.integers(1, 7))
def test_sum_equals_adding_up_the_whole_window(seed: int, size: int) -> None:
    similarity = np.random.default_rng(seed).uniform(size=(STEPS, STEPS))
    rows = np.random.default_rng(seed + 1).permutation(STEPS).tolist()
    for step, seen in enumerate(walk(SumOfWindow(similarity, np.power(similarity, 8), size), rows)):
        last = rows[max(0, step + 1 - size) : step + 1]
        shares, nearest = similarity[last].sum(axis=0) / size, similarity[last].max(axis=0) ** 8
        assert seen == pytest.approx(np.maximum(shares, nearest), abs=1e-12)
        assert seen.min() >= 0.0
        assert seen.max() <= 1.0


def test_the_more_of_one_kind_the_less_welcome() -> None:
    similarity: Floats = 0.5 * np.kron(np.eye(2), np.ones((3, 3)))
    seen = walk(SumOfWindow(similarity, np.zeros((6, 6)), 4), [0, 1, 3, 2, 4])
    assert [each[0] for each in seen] == [0.125, 0.25, 0.25, 0.375, 0.25]
    assert [each[5] for each in seen] == [0.0, 0.0, 0.125, 0.125, 0.25]


def test_the_same_thing_once_more_is_redundant_at_once() -> None:
    similarity = np.array([[1.0, 0.98, 0.7], [0.98, 1.0, 0.7], [0.7, 0.7, 1.0]], dtype=np.float64)
    (seen,) = walk(SumOfWindow(similarity, np.power(similarity, 8), 10), [0])
    assert seen == pytest.approx([1.0, 0.98**8, 0.07])


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(2, 12))
def test_span_equals_orthogonalising_the_vectors(seed: int, size: int, dimension: int) -> None:
    vectors = random_vectors(seed, STEPS, dimension)
    rows = list(range(STEPS))
    directions: list[Floats | None] = []
    for row, seen in zip(rows, walk(SpanOfWindow(vectors @ vectors.T, size), rows), strict=True):
        others = directions[max(0, len(directions) - size + 1) :] if size > 1 else []
        rest = vectors[row].copy()
        for direction in others:
            if direction is not None:
                rest -= (rest @ direction) * direction
        energy = float(rest @ rest)
        if abs(energy - 0.05) < 1e-9:
            return
        directions.append(rest / np.sqrt(energy) if energy > 0.05 else None)
        window = [each for each in directions[-size:] if each is not None]
        expected = [sum(float(vector @ each) ** 2 for each in window) for vector in vectors]
        assert seen == pytest.approx(np.array(expected), abs=1e-6)


def test_span_is_the_projection_on_what_has_been_placed() -> None:
    vectors = random_vectors(3, 8, 5)
    window = SpanOfWindow(vectors @ vectors.T, 10)
    window.add(0)
    window.add(1)
    basis = vectors[:2].T
    projected = basis @ np.linalg.lstsq(basis, vectors.T, rcond=None)[0]
    assert window.redundancy == pytest.approx((projected**2).sum(axis=0))


def test_a_copy_adds_no_direction_and_is_wholly_redundant() -> None:
    kernel = np.array([[1.0, 1.0, 0.6], [1.0, 1.0, 0.6], [0.6, 0.6, 1.0]])
    for seen in walk(SpanOfWindow(kernel, 5), [0, 1]):
        assert seen == pytest.approx([1.0, 1.0, 0.36])


def test_at_first_nothing_is_redundant() -> None:
    for window in (
        LargestInWindow(np.eye(2), 3),
        SumOfWindow(np.eye(2), np.eye(2), 3),
        SpanOfWindow(np.eye(2), 3),
        Unwatched(2),
    ):
        assert window.redundancy.tolist() == [0.0, 0.0]


def test_unwatched_stays_so() -> None:
    assert walk(Unwatched(2), [0, 1])[-1].tolist() == [0.0, 0.0]
