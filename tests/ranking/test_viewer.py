import numpy as np
import pytest

from ranking.types import Vector
from ranking.viewer import Response, TasteParameters, viewer_from

DAY_S = 86400.0
NOW_S = 100 * DAY_S
PARAMETERS = TasteParameters(weights={"like": 1.0, "share": 2.0}, half_life_days=30.0)
X = np.array([1.0, 0.0], dtype=np.float32)
Y = np.array([0.0, 1.0], dtype=np.float32)


def taste(*responses: Response) -> Vector | None:
    visual = viewer_from(responses, now_s=NOW_S, parameters=PARAMETERS).visual
    return visual.interests[0].vector if visual.interests else None


def test_the_mean_of_liked_posts_is_a_unit_vector() -> None:
    vector = taste(Response("like", NOW_S, X, None), Response("like", NOW_S, Y, None))
    assert vector == pytest.approx(np.array([0.70710678, 0.70710678]))


def test_a_share_counts_twice_a_like() -> None:
    vector = taste(Response("share", NOW_S, X, None), Response("like", NOW_S, Y, None))
    assert vector == pytest.approx(np.array([2.0, 1.0]) / np.sqrt(5.0))


def test_a_like_of_30_days_ago_counts_half() -> None:
    vector = taste(Response("like", NOW_S, X, None), Response("like", NOW_S - 30 * DAY_S, Y, None))
    assert vector == pytest.approx(np.array([2.0, 1.0]) / np.sqrt(5.0))


def test_modalities_are_apart() -> None:
    viewer = viewer_from(
        [Response("like", NOW_S, X, None), Response("like", NOW_S, None, Y)],
        now_s=NOW_S,
        parameters=PARAMETERS,
    )
    assert viewer.visual.interests[0].vector == pytest.approx(X)
    assert viewer.text.interests[0].vector == pytest.approx(Y)


def test_no_taste_without_liking() -> None:
    assert taste() is None
    assert taste(Response("view", NOW_S, X, None)) is None
    assert taste(Response("like", NOW_S, None, None)) is None


def test_likes_that_cancel_out_have_no_direction() -> None:
    assert taste(Response("like", NOW_S, X, None), Response("like", NOW_S, -X, None)) is None
