import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.types import Taste, Vector, Viewer
from ranking.viewer import KIND_WEIGHTS, Response, TasteParameters, viewer_from

DAY_S = 86400.0
NOW_S = 100 * DAY_S
PARAMETERS = TasteParameters()
X = np.array([1.0, 0.0], dtype=np.float32)
Y = np.array([0.0, 1.0], dtype=np.float32)


def response(media_id: str, visual: Vector | None, kind: str = "like", days: float = 0) -> Response:
    return Response(media_id, kind, NOW_S - days * DAY_S, visual=visual)


def taste(*responses: Response, **changes: object) -> Taste:
    parameters = replace(PARAMETERS, **changes)  # type: ignore[arg-type]
    return viewer_from(responses, now_s=NOW_S, parameters=parameters).visual


def mean(*responses: Response) -> Vector:
    (interest,) = taste(*responses).interests
    assert (interest.weight, interest.media_id) == (1.0, None)
    return interest.vector


def direction(degrees: float) -> Vector:
    radians = math.radians(degrees)
    return np.array([math.cos(radians), math.sin(radians)], dtype=np.float32)


def test_the_mean_of_liked_posts_is_a_unit_vector() -> None:
    assert mean(response("a", X), response("b", Y)) == pytest.approx([0.70710678, 0.70710678])


@pytest.mark.parametrize(
    ("kind", "days", "ratio"),
    [
        ("share", 0, 2.0),
        ("save", 0, 1.5),
        ("view", 0, 0.01),
        ("like", 30, 0.5),
        ("share", 60, 0.5),
        ("like", -5, 1.0),  # from the future
    ],
)
def test_kind_and_age_weigh_a_post(kind: str, days: float, ratio: float) -> None:
    vector = mean(response("a", X, kind, days), response("b", Y))
    assert vector == pytest.approx(np.array([ratio, 1.0]) / math.hypot(ratio, 1.0))


@pytest.mark.parametrize(
    ("seconds", "ratio"),
    [(15.0, 0.05), (30.0, 0.1), (600.0, 0.1), (math.inf, 0.1)],
)
def test_a_dwell_grows_with_its_seconds(seconds: float, ratio: float) -> None:
    dwell = Response("a", "dwell", NOW_S, seconds, X)
    vector = mean(dwell, response("b", Y))
    assert vector == pytest.approx(np.array([ratio, 1.0]) / math.hypot(ratio, 1.0))


@pytest.mark.parametrize("value", [None, 0.0, -3.0, math.nan])
def test_a_dwell_without_seconds_counts_nothing(value: float | None) -> None:
    assert taste(Response("a", "dwell", NOW_S, value, X)) == Taste()


def test_the_same_post_and_kind_counts_once_by_its_latest() -> None:
    vector = mean(response("a", X), response("a", X, days=90), response("b", Y))
    assert vector == pytest.approx([0.70710678, 0.70710678])


def test_kinds_of_one_post_add_up() -> None:
    vector = mean(response("a", X), response("a", X, "comment"), response("b", Y))
    assert vector == pytest.approx(np.array([2.0, 1.0]) / math.sqrt(5))


def test_modalities_are_apart() -> None:
    responses = [
        Response("a", "like", NOW_S, visual=X),
        Response("b", "like", NOW_S, text=Y),
        Response("c", "hide", NOW_S, text=-Y),
    ]
    viewer = viewer_from(responses, now_s=NOW_S, parameters=PARAMETERS)
    assert viewer.visual.interests[0].vector == pytest.approx(X)
    assert viewer.text.interests[0].vector == pytest.approx(Y)
    assert (len(viewer.visual.avoided), len(viewer.text.avoided)) == (0, 1)


@pytest.mark.parametrize(
    "responses",
    [
        (),
        (response("a", X, "poke"),),
        (response("a", None),),
        (response("a", X), response("b", -X)),  # no direction
        (response("a", X), response("a", X, "hide")),  # cancelled
        (response("a", X, "share"), response("a", X, "report", days=0)),
        (response("a", X, days=1e9),),
    ],
)
def test_no_taste(responses: tuple[Response, ...]) -> None:
    assert taste(*responses) == Taste()


def test_what_is_hidden_is_avoided_and_no_interest() -> None:
    found = taste(response("a", X), response("b", Y), response("b", Y, "hide", days=0.1))
    # The hide has lost a little to the like by now: 1 − 0.5^(0.1 / 30) is liked.
    assert [interest.media_id for interest in found.interests] == [None]
    found = taste(response("a", X), response("b", Y), response("b", Y, "report"))
    assert found.interests[0].vector == pytest.approx(X)
    (avoided,) = found.avoided
    assert avoided.media_id == "b"
    # A mass of 1 is avoided; half of it would be what is liked, 1, times 0.1.
    assert avoided.weight == pytest.approx(1 / 1.1)


def test_strength_saturates_and_is_whole_without_anything_liked() -> None:
    liked = [response(f"l{number}", X) for number in range(10)]
    assert taste(*liked, response("h", Y, "hide")).avoided[0].weight == pytest.approx(0.5)
    assert taste(*liked, response("h", Y, "skip")).avoided[0].weight == pytest.approx(0.3 / 1.3)
    assert taste(response("h", Y, "skip")).avoided[0].weight == 1.0


def test_avoided_are_so_many_at_most() -> None:
    unlike = np.eye(10, dtype=np.float32)
    hidden = [response(f"h{n}", unlike[n], "hide") for n in range(10)]
    assert len(taste(*hidden).avoided) == 4
    assert len(taste(*hidden[:3]).avoided) == 3
    assert taste(*hidden, max_avoided=0).avoided == ()


def test_interests_are_means_of_clusters_and_name_their_medoids() -> None:
    liked = [
        response(f"{name}{number:02}", direction(centre + number), days=days)
        for name, centre, days, count in (("a", 0, 30, 6), ("b", 90, 0, 5), ("c", 200, 0, 1))
        for number in range(count)
    ]
    few = taste(*liked[1:], clustering_from=12).interests
    assert [interest.media_id for interest in few] == [None]
    found = taste(*liked, clustering_from=12).interests
    assert [interest.weight for interest in found] == pytest.approx([1.0, 3 / 5, 1 / 5])
    names = [interest.media_id or "" for interest in found]
    assert names[0] == "b02"
    assert names[1] in {"a02", "a03"}
    assert names[2] == "c00"
    for interest, degrees in zip(found, (92.0, 2.5, 200.0), strict=True):
        assert interest.vector == pytest.approx(direction(degrees), abs=1e-5)


def test_tiny_interests_are_dropped() -> None:
    liked = [response(f"a{number:02}", direction(number / 10)) for number in range(12)]
    liked.append(response("tiny", direction(90), "view"))
    assert "tiny" not in {interest.media_id for interest in taste(*liked).interests}


def test_the_heaviest_are_clustered_where_there_are_too_many() -> None:
    liked = [response(f"old{number}", X, days=30) for number in range(20)]
    liked += [response(f"new{number}", Y) for number in range(12)]
    found = taste(*liked, max_clustered=12).interests
    assert {tuple(interest.vector) for interest in found} == {(0.0, 1.0)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": {"like": math.nan}}, "weight of 'like'"),
        ({"weights": {"hide": -math.inf}}, "weight of 'hide'"),
        ({"half_life_days": 0.0}, "half_life_days"),
        ({"half_life_days": math.nan}, "half_life_days"),
        ({"dwell_full_s": -1.0}, "dwell_full_s"),
        ({"avoided_midpoint": math.inf}, "avoided_midpoint"),
        ({"clustering_from": 1}, "clustering_from"),
        ({"max_interests": 0}, "max_interests"),
        ({"max_avoided": -1}, "max_avoided"),
        ({"max_clustered": 0}, "max_clustered"),
        ({"min_interest": 1.5}, "min_interest"),
    ],
)
def test_parameters_that_make_no_sense(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(PARAMETERS, **changes)  # type: ignore[arg-type]


def post_vector(media_id: str) -> Vector:
    vector = np.random.default_rng(int(media_id)).standard_normal(6).astype(np.float32)
    unit: Vector = vector / np.linalg.norm(vector)
    return unit


histories = st.lists(
    st.builds(
        lambda media_id, kind, days, value: Response(
            media_id,
            kind,
            NOW_S - days * DAY_S,
            value,
            post_vector(media_id) if int(media_id) % 5 else None,
            post_vector(media_id)[:4] / np.linalg.norm(post_vector(media_id)[:4]),
        ),
        st.integers(0, 40).map(str),
        st.sampled_from([*KIND_WEIGHTS, "unknown"]),
        st.integers(-2, 120),
        st.none() | st.floats(-1, 60),
    ),
    max_size=80,
)


def same(one: Viewer, other: Viewer) -> bool:
    return all(
        (left.weight, left.media_id) == (right.weight, right.media_id)
        and np.array_equal(left.vector, right.vector)
        for first, second in ((one.visual, other.visual), (one.text, other.text))
        for left, right in zip(
            (*first.interests, None, *first.avoided),
            (*second.interests, None, *second.avoided),
            strict=True,
        )
        if left is not None and right is not None
    )


@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_the_history_does_not_matter(history: list[Response], random: Random) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)
    assert same(
        viewer_from(history, now_s=NOW_S, parameters=PARAMETERS),
        viewer_from(shuffled, now_s=NOW_S, parameters=PARAMETERS),
    )


@given(histories)
def test_interests_are_unit_and_name_posts_of_the_history(history: list[Response]) -> None:
    viewer = viewer_from(history, now_s=NOW_S, parameters=PARAMETERS)
    for modality in ("visual", "text"):
        vectors = {post.media_id: getattr(post, modality) for post in history}
        tastes = getattr(viewer, modality)
        assert len(tastes.interests) <= PARAMETERS.max_interests
        assert len(tastes.avoided) <= PARAMETERS.max_avoided
        for interest in (*tastes.interests, *tastes.avoided):
            assert 0 < interest.weight <= 1
            assert np.linalg.norm(interest.vector) == pytest.approx(1, abs=1e-5)
            assert interest.media_id is None or interest.media_id in vectors
        if tastes.interests:
            assert tastes.interests[0].weight == 1.0
        for avoided in tastes.avoided:
            assert np.array_equal(avoided.vector, vectors[avoided.media_id])


def test_legacy_vectors_make_a_taste_of_their_own() -> None:
    liked = Response("m", "like", NOW_S, legacy=np.array([0.6, 0.8], dtype=np.float32))
    viewer = viewer_from([liked], now_s=NOW_S, parameters=TasteParameters())
    assert (viewer.visual, viewer.text) == (Taste(), Taste())
    (interest,) = viewer.legacy.interests
    assert interest.vector == pytest.approx([0.6, 0.8])
