from dataclasses import replace

import numpy as np
import pytest

from ranking.affinity import Affinity, affinity, stand_in
from ranking.calibration import Calibration, ModalityCalibrations
from ranking.signals import SignalParameters
from ranking.types import Interest, Taste, Vector
from ranking.vectors import VectorTable

CALIBRATIONS = ModalityCalibrations(
    mean=Calibration("half", (0.0, 1.0), (0.0, 0.5)),
    pair=Calibration("all", (0.0, 1.0), (0.0, 1.0)),
)
PARAMETERS = SignalParameters(interest_exponent=0.5, aversion=0.5)
X = np.array([1.0, 0.0], dtype=np.float32)
Y = np.array([0.0, 1.0], dtype=np.float32)
BETWEEN = np.array([0.6, 0.8], dtype=np.float32)


def of(taste: Taste, *vectors: Vector | None) -> Affinity:
    return affinity(taste, VectorTable.of(vectors), len(vectors), CALIBRATIONS, PARAMETERS)


def test_what_is_liked_goes_by_the_map_of_means() -> None:
    for media_id in (None, "m"):
        found = of(Taste((Interest(X, media_id=media_id),)), BETWEEN)
        assert found.raw == pytest.approx([0.6])
        assert found.value == pytest.approx([0.3])


def test_the_interest_that_says_most_counts_and_is_named() -> None:
    taste = Taste((Interest(X, 1.0, "a"), Interest(Y, 0.25, "b")))
    found = of(taste, BETWEEN, Y)
    # ½ of: 0.6·1 against 0.8·√¼; 0·1 against 1·√¼
    assert found.value == pytest.approx([0.3, 0.25])
    assert found.raw == pytest.approx([0.6, 1.0])
    assert found.interest.tolist() == [0, 1]


def test_what_is_common_is_taken_out_of_the_cosines() -> None:
    """All lean by 0.6 to the third axis; without it the interest is X, the posts X and Y."""
    leaning = [np.array(row, dtype=np.float32) for row in ([0.8, 0, 0.6], [0, 0.8, 0.6], [0, 0, 1])]
    calibrations = replace(CALIBRATIONS, common=(0.0, 0.0, 1.0))
    taste = Taste((Interest(leaning[0]),), avoided=(Interest(leaning[1]),))
    found = affinity(taste, VectorTable.of(leaning), 3, calibrations, PARAMETERS)
    assert found.raw == pytest.approx([1.0, 0.0, 0.0], abs=1e-6)
    assert found.value == pytest.approx([0.5, 0.0, 0.0], abs=1e-6)


def test_what_is_avoided_takes_its_share_away() -> None:
    taste = Taste((Interest(X, 1.0, "a"),), avoided=(Interest(Y, 0.5), Interest(-X)))
    found = of(taste, BETWEEN)
    # 0.3 · (1 − ½ · max(½ · 0.8, 1 · 0))
    assert found.value == pytest.approx([0.24])
    assert found.raw == pytest.approx([0.6])


def test_who_only_avoids_likes_the_rest_half() -> None:
    found = of(Taste(avoided=(Interest(Y),)), BETWEEN, X)
    assert found.value == pytest.approx([0.5 * (1 - 0.5 * 0.8), 0.5])
    assert found.raw == pytest.approx([-0.8, 0.0])
    assert found.interest.tolist() == [-1, -1]


def test_a_missing_vector_or_taste_is_missing() -> None:
    found = of(Taste((Interest(X),)), None, X)
    assert np.isnan(found.raw).tolist() == np.isnan(found.value).tolist() == [True, False]
    assert found.interest.tolist() == [-1, 0]
    for nothing in (of(Taste(), X), of(Taste((Interest(X),)), None)):
        assert np.isnan(nothing.raw).all()
        assert np.isnan(nothing.value).all()
        assert nothing.interest.tolist() == [-1]


def test_only_the_first_rows_are_compared() -> None:
    table = VectorTable.of([X, Y])
    found = affinity(Taste((Interest(X),)), table, 1, CALIBRATIONS, PARAMETERS)
    assert found.raw.tolist() == [1.0]


def test_another_model_stands_in_where_the_own_vector_is_missing() -> None:
    own = of(Taste((Interest(X),)), X, None, None)
    other = of(Taste((Interest(Y), Interest(X))), Y, X, None)
    found = stand_in(own, other, interests=1)
    assert found.raw[:2] == pytest.approx([1.0, 1.0])
    assert found.value[:2] == pytest.approx([0.5, 0.5])
    assert np.isnan(found.value[2])
    assert found.interest.tolist() == [0, 2, -1]
