from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from export.agreement import BOUNDS, Agreement, measure, recall, require
from export.errors import AgreementTooLow


def on_circle(*degrees: float) -> NDArray[np.float64]:
    return np.array([[math.cos(math.radians(d)), math.sin(math.radians(d))] for d in degrees])


def test_recall_by_hand() -> None:
    # Nearest two by angle: 0 has 10 and 30, 10 has 0 and 30, 30 has 10 and 0, 90 has 30 and 10.
    full = on_circle(0, 10, 30, 90)
    assert recall(full, full, 2) == 1
    # 30 moves to 110. Now 0 has 10 and 90 (one kept), 10 has 0 and 90 (one), the third has 90 and
    # 10 (one), 90 has the third and 10 (both).
    assert recall(full, on_circle(0, 10, 110, 90), 2) == pytest.approx(5 / 8)


def test_recall_of_one_neighbour_by_hand() -> None:
    # The nearest: 0 -> 10, 10 -> 0, 50 -> 70, 70 -> 50; with 50 at 20: 0 -> 10, 10 -> 0 or 20
    # (equally near, the first counts), 20 -> 10, 70 -> 20.
    full, reduced = on_circle(0, 10, 50, 70), on_circle(0, 10, 20.001, 70)
    assert recall(full, reduced, 1) == pytest.approx(3 / 4)


def test_order_within_the_neighbours_does_not_count() -> None:
    assert recall(on_circle(0, 10, 20, 170), on_circle(0, 20, 10, 170), 2) == 1


@given(st.integers(0, 2**32 - 1))
def test_recall_is_untouched_by_rotation_and_full_with_itself(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(30, 4))
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    rotation, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    assert recall(units, units, 10) == 1
    assert recall(units, units @ rotation, 10) == pytest.approx(1, abs=0.01)


def test_cosines_are_of_directions_whatever_the_lengths() -> None:
    full = on_circle(*range(0, 240, 20)).astype(np.float32)
    reduced = full * np.linspace(0.5, 2, 12, dtype=np.float32)[:, None]
    agreement = measure(full, reduced)
    assert agreement.inputs == 12
    assert agreement.min_cosine == pytest.approx(1)
    assert agreement.recall_at_10 == 1


@pytest.mark.parametrize("broken", [math.nan, math.inf, 0.0])
def test_vector_without_direction_is_total_disagreement(broken: float) -> None:
    full = on_circle(*range(0, 240, 20)).astype(np.float32)
    reduced = full.copy()
    reduced[3] = broken
    agreement = measure(full, reduced)
    assert agreement.min_cosine == -1
    assert agreement.mean_cosine == pytest.approx(10 / 12)
    # Eleven others, so each misses one: the broken item keeps none of ten, and the items that
    # had it among their ten have another in its place.
    assert agreement.recall_at_10 < 11 / 12


@pytest.mark.parametrize(
    ("precision", "agreement"),
    [
        ("fp16", Agreement(200, 0.9989, 0.9999, 1.0)),
        ("fp16", Agreement(200, 0.9999, 0.9999, 0.979)),
        ("int8", Agreement(200, 0.94, 0.999, 1.0)),
        ("int8", Agreement(200, 0.98, 0.989, 1.0)),
        ("int8", Agreement(200, 0.98, 0.999, 0.979)),
        ("int8", Agreement(200, math.nan, 0.999, 1.0)),
    ],
)
def test_what_falls_below_a_bound_is_refused_with_its_figures(
    precision: str, agreement: Agreement
) -> None:
    with pytest.raises(
        AgreementTooLow, match=r"^clip_text in .* --precision clip_text=fp32"
    ) as info:
        require("clip_text", "int8" if precision == "int8" else "fp16", agreement)
    assert f"{agreement.recall_at_10:.4f}" in str(info.value)
    assert "\n" not in str(info.value)


def test_what_is_on_the_bound_holds() -> None:
    for precision, bound in BOUNDS.items():
        agreement = Agreement(200, bound.min_cosine, bound.mean_cosine, bound.recall_at_10)
        assert agreement.holds(bound)
        require("clip_text", precision, agreement)  # which would raise


def test_too_low_exits_6() -> None:
    assert AgreementTooLow.exit_code == 6
