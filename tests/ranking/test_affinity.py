import numpy as np
import pytest

from ranking.affinity import Affinity, affinity
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


def test_a_mean_and_a_post_have_their_own_maps() -> None:
    by_mean = of(Taste((Interest(X),)), BETWEEN)
    by_post = of(Taste((Interest(X, media_id="m"),)), BETWEEN)
    assert by_mean.raw == by_post.raw == pytest.approx([0.6])
    assert by_mean.value == pytest.approx([0.3])
    assert by_post.value == pytest.approx([0.6])


def test_the_interest_that_says_most_counts_and_is_named() -> None:
    taste = Taste((Interest(X, 1.0, "a"), Interest(Y, 0.25, "b")))
    found = of(taste, BETWEEN, Y)
    # 0.6·1 against 0.8·√¼; 0·1 against 1·√¼
    assert found.value == pytest.approx([0.6, 0.5])
    assert found.raw == pytest.approx([0.6, 1.0])
    assert found.interest.tolist() == [0, 1]


def test_a_mean_beside_posts_keeps_its_map() -> None:
    found = of(Taste((Interest(X), Interest(Y, 1.0, "b"))), X, BETWEEN)
    # 1 · ½ against 0; 0.6 · ½ against 0.8
    assert found.value == pytest.approx([0.5, 0.8])
    assert found.interest.tolist() == [0, 1]


def test_what_is_avoided_takes_its_share_away() -> None:
    taste = Taste((Interest(X, 1.0, "a"),), avoided=(Interest(Y, 0.5), Interest(-X)))
    found = of(taste, BETWEEN)
    # 0.6 · (1 − ½ · max(½ · 0.8, 1 · 0))
    assert found.value == pytest.approx([0.48])
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
