from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.calibration import Calibration, Calibrations, ModalityCalibrations
from ranking.rank import Ranking, rank
from ranking.types import Interest, Post, RankedPost, RankedPosts, Signal, Taste, Vector, Viewer

HOUR_S = 3600.0
NOW_S = 1_000_000.0
_MAP = Calibration("identity", (0.0, 1.0), (0.0, 1.0))
IDENTITY = ModalityCalibrations(mean=_MAP, pair=_MAP)
RANKING = Ranking(Calibrations(visual=IDENTITY, text=IDENTITY))


def unit(*components: float) -> Vector:
    vector = np.array(components, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def likes(vector: Vector | None) -> Taste:
    return Taste() if vector is None else Taste((Interest(vector),))


def by_id(ranked: RankedPosts) -> dict[str, RankedPost]:
    return {item.post.media_id: item for item in ranked}


def test_one_post_by_hand() -> None:
    post = Post(
        "m", "ann", "meme", NOW_S - 24 * HOUR_S, likes=30, comments=10,
        visual=unit(0.6, 0.8), text=unit(0.8, 0.6),
    )  # fmt: skip
    (ranked,) = rank(
        [post], Viewer(likes(unit(1, 0)), likes(unit(1, 0))), now_s=NOW_S, ranking=RANKING
    )
    expected = {
        "visual": Signal(0.6, 0.6, 0.30, 0.18),
        "text": Signal(0.8, 0.8, 0.25, 0.20),
        "engagement": Signal(50.0, 0.5, 0.20, 0.10),
        "recency": Signal(24.0, 0.5, 0.15, 0.075),
        "diversity": Signal(1.0, 1.0, 0.10, 0.10),
    }
    for name, signal in expected.items():
        assert ranked.signals[name] == pytest.approx(signal, abs=1e-6), name
    assert ranked.score == pytest.approx(0.18 + 0.20 + 0.10 + 0.075 + 0.10, abs=1e-6)


def test_a_missing_vector_is_left_out_and_not_scored_zero() -> None:
    post = Post("m", "ann", "aesthetic", NOW_S, likes=50, visual=unit(1, 0))
    (ranked,) = rank(
        [post], Viewer(likes(unit(1, 0)), likes(unit(1, 0))), now_s=NOW_S, ranking=RANKING
    )
    assert ranked.signals["text"] is None
    # 0.30·1 + 0.20·½ + 0.15·1 + 0.10·1 of 0.75
    assert ranked.score == pytest.approx(0.65 / 0.75)


def test_a_new_viewer_is_served_by_what_remains() -> None:
    post = Post("m", "ann", "aesthetic", NOW_S, likes=50, visual=unit(1, 0), text=unit(1, 0))
    (ranked,) = rank([post], Viewer(), now_s=NOW_S, ranking=RANKING)
    assert ranked.signals["visual"] is None
    assert ranked.signals["text"] is None
    # 0.20·½ + 0.15·1 + 0.10·1 of 0.45
    assert ranked.score == pytest.approx(0.35 / 0.45)


def test_two_viewers_get_two_orders() -> None:
    posts = [
        Post("cats", "ann", "aesthetic", NOW_S, text=unit(1, 0)),
        Post("space", "bob", "aesthetic", NOW_S, text=unit(0, 1)),
    ]
    for taste, first in ((unit(1, 0), "cats"), (unit(0, 1), "space")):
        ranked = rank(posts, Viewer(text=likes(taste)), now_s=NOW_S, ranking=RANKING)
        assert ranked[0].post.media_id == first


def test_no_posts() -> None:
    assert rank([], Viewer(), now_s=NOW_S, ranking=RANKING).posts == ()


_VECTORS = st.none() | st.floats(0, 3.14).map(lambda turn: unit(np.cos(turn), np.sin(turn)))
_POSTS = st.lists(
    st.builds(
        Post,
        media_id=st.uuids().map(str),
        author_id=st.sampled_from("abc"),
        content_type=st.sampled_from(["meme", "aesthetic"]),
        created_at_s=st.floats(0, NOW_S + 1000),
        likes=st.integers(0, 10**6),
        comments=st.integers(0, 10**6),
        visual=_VECTORS,
        text=_VECTORS,
    ),
    min_size=1,
    max_size=15,
    unique_by=lambda post: post.media_id,
)
_VIEWERS = st.builds(Viewer, visual=_VECTORS.map(likes), text=_VECTORS.map(likes))


@given(_POSTS, _VIEWERS)
def test_contributions_add_up_and_weights_are_whole(posts: list[Post], viewer: Viewer) -> None:
    for ranked in rank(posts, viewer, now_s=NOW_S, ranking=RANKING):
        present = [signal for signal in ranked.signals.values() if signal is not None]
        assert ranked.score == pytest.approx(sum(s.contribution for s in present), abs=1e-9)
        assert sum(signal.weight for signal in present) == pytest.approx(1.0)
        assert all(0.0 <= signal.value <= 1.0 for signal in present)
        for signal in present:
            assert signal.contribution == pytest.approx(signal.value * signal.weight, abs=1e-12)


@given(_POSTS, _VIEWERS)
def test_the_order_does_not_depend_on_the_input_order(posts: list[Post], viewer: Viewer) -> None:
    forward = rank(posts, viewer, now_s=NOW_S, ranking=RANKING)
    backward = rank(posts[::-1], viewer, now_s=NOW_S, ranking=RANKING)
    assert [r.post.media_id for r in forward] == [r.post.media_id for r in backward]


@given(_POSTS, _VIEWERS, st.integers(0, 20))
def test_a_limit_is_the_beginning_of_the_whole(
    posts: list[Post], viewer: Viewer, limit: int
) -> None:
    whole = rank(posts, viewer, now_s=NOW_S, ranking=RANKING)
    first = rank(posts, viewer, now_s=NOW_S, ranking=RANKING, limit=limit)
    assert list(first) == list(whole[:limit])


@given(_POSTS, _VIEWERS, st.integers(1, 10**6), st.floats(1, 10**6))
def test_more_likes_or_a_newer_date_never_lower_what_they_count_for(
    posts: list[Post], viewer: Viewer, more: int, newer_s: float
) -> None:
    first, *others = posts
    better = replace(first, likes=first.likes + more, created_at_s=first.created_at_s + newer_s)
    before = by_id(rank(posts, viewer, now_s=NOW_S, ranking=RANKING))[first.media_id]
    after = by_id(rank([better, *others], viewer, now_s=NOW_S, ranking=RANKING))[first.media_id]
    for name in ("engagement", "recency"):
        was, became = before.signals[name], after.signals[name]
        assert was is not None
        assert became is not None
        assert became.contribution >= was.contribution - 1e-12
