import random
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.calibration import Calibration, Calibrations, ModalityCalibrations
from ranking.placing import METHODS, DiversityParameters
from ranking.rank import Ranking, rank
from ranking.types import Interest, Post, RankedPost, RankedPosts, Signal, Taste, Vector, Viewer
from ranking.weights import Weights, WeightTable

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


TASTE = Viewer(likes(unit(1, 0)), likes(unit(1, 0)))
LIKES = {"a": 900, "b": 500, "c": 100, "d": 0}


def by_id(ranked: RankedPosts) -> dict[str, RankedPost]:
    return {item.post.media_id: item for item in ranked}


def test_one_post_by_hand() -> None:
    post = Post(
        "m", "ann", "meme", NOW_S - 24 * HOUR_S, likes=30, comments=10,
        visual=unit(0.6, 0.8), text=unit(0.8, 0.6),
    )  # fmt: skip
    (ranked,) = rank([post], TASTE, now_s=NOW_S, ranking=RANKING)
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
    (ranked,) = rank([post], TASTE, now_s=NOW_S, ranking=RANKING)
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


def test_a_meme_and_a_photograph_weigh_their_sides_differently() -> None:
    table = WeightTable(Weights(), {"meme": Weights(visual=0.05, text=0.5)})
    ranking = replace(RANKING, weights=table)
    posts = [
        Post(kind, kind, kind, NOW_S, visual=unit(1, 0), text=unit(0, 1))
        for kind in ("aesthetic", "meme")
    ]
    ranked = by_id(rank(posts, TASTE, now_s=NOW_S, ranking=ranking))
    for kind, visual, text in (("aesthetic", 0.30, 0.25), ("meme", 0.05, 0.5)):
        signals = ranked[kind].signals
        assert signals["visual"] is not None
        assert signals["text"] is not None
        assert signals["visual"].weight == pytest.approx(visual)
        assert signals["text"].weight == pytest.approx(text)


def test_ten_pictures_of_one_thing_do_not_follow_each_other() -> None:
    things = np.eye(31)
    cats = [
        Post(f"cat-{n}", f"c{n}", "aesthetic", NOW_S, visual=unit(*things[0])) for n in range(10)
    ]
    # Thirty other things, each as far from the cats, and from the viewer's taste, as the next.
    others = [
        Post(
            f"thing-{n}",
            f"t{n}",
            "aesthetic",
            NOW_S,
            visual=unit(*(0.6 * things[0] + 0.8 * things[n + 1])),
        )
        for n in range(30)
    ]
    viewer = Viewer(visual=Taste((Interest(unit(*things[0])),)))
    ranked = rank([*cats, *others], viewer, now_s=NOW_S, ranking=RANKING)
    places = [n for n, item in enumerate(ranked) if item.post.media_id.startswith("cat")]
    assert places[:4] == [0, 11, 22, 33]
    by_score = replace(RANKING, diversity=DiversityParameters("none"))
    plain = rank([*cats, *others], viewer, now_s=NOW_S, ranking=by_score)
    assert [item.post.media_id[:3] for item in plain][:10] == ["cat"] * 10


def test_a_copy_yields_to_something_else() -> None:
    copies = [Post(f"cat-{n}", f"{n}", "aesthetic", NOW_S, visual=unit(1, 0)) for n in range(3)]
    other = Post("dog", "dog", "aesthetic", NOW_S, visual=unit(0.6, 0.8))
    ranking = replace(RANKING, diversity=DiversityParameters("mmr", strength=0.5))
    ranked = rank([*copies, other], TASTE, now_s=NOW_S, ranking=ranking)
    assert [item.post.media_id for item in ranked] == ["cat-0", "dog", "cat-1", "cat-2"]
    assert ranked.redundancy == pytest.approx([0.0, 0.6, 1.0, 1.0], abs=1e-5)
    assert ranked.place_by_score.tolist() == [0, 3, 1, 2]


def test_a_flat_map_says_nothing_of_likeness() -> None:
    flat = Calibration("flat", (-1.0, 1.0), (0.5, 0.5))
    nothing = ModalityCalibrations(mean=flat, pair=flat)
    ranking = replace(RANKING, calibrations=Calibrations(nothing, nothing))
    posts = [Post(f"{n}", f"{n}", "aesthetic", NOW_S, visual=unit(1, 0)) for n in range(3)]
    assert rank(posts, TASTE, now_s=NOW_S, ranking=ranking).redundancy.tolist() == [0.0] * 3


def test_the_posts_of_the_page_before_count() -> None:
    posts = [
        Post("cat", "ann", "aesthetic", NOW_S, visual=unit(1, 0)),
        Post("dog", "bob", "aesthetic", NOW_S, visual=unit(0.8, 0.6)),
    ]
    shown = Post("cat-0", "ann", "aesthetic", NOW_S, visual=unit(1, 0))
    ranking = replace(RANKING, diversity=DiversityParameters("mmr", strength=0.5))
    ranked = rank(posts, TASTE, now_s=NOW_S, ranking=ranking, after=[shown])
    assert [item.post.media_id for item in ranked] == ["dog", "cat"]
    dog, cat = (item.signals["diversity"] for item in ranked)
    assert dog is not None
    assert cat is not None
    # ½·10/11 + ½, then ½·10/12 + ½·½
    assert dog.value == pytest.approx(5 / 11 + 0.5)
    assert cat.value == pytest.approx(5 / 12 + 0.25)
    assert ranked.redundancy == pytest.approx([0.8, 1.0], abs=1e-5)


def test_a_post_stands_where_it_is_fixed() -> None:
    posts = [Post(name, name, "aesthetic", NOW_S, likes=likes) for name, likes in LIKES.items()]
    ranked = rank(posts, Viewer(), now_s=NOW_S, ranking=RANKING, fixed={1: "d"})
    assert [item.post.media_id for item in ranked] == ["a", "d", "b", "c"]


@pytest.mark.parametrize(
    ("fixed", "message"),
    [
        ({4: "a"}, "fixed place 4 is not one of 4"),
        ({-1: "a"}, "fixed place -1"),
        ({0: "z"}, "fixed post 'z' is not one"),
        ({0: "a", 1: "a"}, "in two places"),
    ],
)
def test_impossible_fixed_places_are_refused(fixed: dict[int, str], message: str) -> None:
    posts = [Post(name, name, "aesthetic", NOW_S) for name in LIKES]
    with pytest.raises(ValueError, match=message):
        rank(posts, Viewer(), now_s=NOW_S, ranking=RANKING, fixed=fixed)


_UNITS = [unit(np.cos(turn), np.sin(turn)) for turn in (0.0, 0.0, 0.3, 0.9, 1.6, 2.5, 3.1)]
_VECTORS = st.sampled_from([None, *_UNITS])
_INTERESTS = st.lists(
    st.builds(
        Interest,
        st.sampled_from(_UNITS),
        st.floats(0.01, 1.0),
        st.none() | st.just("m"),
    ),
    max_size=2,
).map(tuple)
_TASTES = st.builds(Taste, _INTERESTS, _INTERESTS)
_VIEWERS = st.builds(Viewer, _TASTES, _TASTES)
_POST = st.builds(
    Post,
    media_id=st.integers(0, 999).map(str),
    author_id=st.sampled_from("abc"),
    content_type=st.sampled_from(["meme", "aesthetic"]),
    created_at_s=st.floats(0, NOW_S + 1000),
    likes=st.integers(0, 10**6),
    comments=st.integers(0, 10**6),
    visual=_VECTORS,
    text=_VECTORS,
)


@dataclass(frozen=True)
class Case:
    """Everything that a ranking depends on."""

    posts: list[Post]
    viewer: Viewer
    ranking: Ranking
    after: list[Post]
    fixed: dict[int, str]

    def ranked(self, **changes: Any) -> RankedPosts:
        arguments: dict[str, Any] = {
            "posts": self.posts, "viewer": self.viewer, "ranking": self.ranking,
            "after": self.after, "fixed": self.fixed, "now_s": NOW_S,
        }  # fmt: skip
        return rank(**(arguments | changes))


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    posts = draw(st.lists(_POST, min_size=1, max_size=9, unique_by=lambda post: post.media_id))
    ids = draw(st.permutations([post.media_id for post in posts]))
    places = draw(st.lists(st.integers(0, len(posts) - 1), unique=True, max_size=len(posts) // 3))
    ranking = replace(
        RANKING,
        weights=WeightTable(Weights(), {"meme": Weights(visual=0.1, text=0.6, diversity=0.2)}),
        diversity=DiversityParameters(
            draw(st.sampled_from(METHODS)),
            window=draw(st.integers(1, 4)),
            strength=draw(st.sampled_from([0.0, 0.2, 1.0])),
            depth=draw(st.sampled_from([0, 3, 200])),
        ),
    )
    return Case(
        posts,
        draw(_VIEWERS),
        ranking,
        after=draw(st.lists(_POST, max_size=3)),
        fixed=dict(zip(places, ids, strict=False)),
    )


@given(_cases())
def test_contributions_add_up_and_weights_are_whole(case: Case) -> None:
    for ranked in case.ranked():
        present = [signal for signal in ranked.signals.values() if signal is not None]
        assert ranked.score == pytest.approx(sum(s.contribution for s in present), abs=1e-9)
        assert sum(signal.weight for signal in present) == pytest.approx(1.0)
        assert all(0.0 <= signal.value <= 1.0 for signal in present)
        assert 0.0 <= ranked.redundancy <= 1.0
        for signal in present:
            assert signal.contribution == pytest.approx(signal.value * signal.weight, abs=1e-12)


@given(_cases())
def test_each_post_stands_once_and_in_its_fixed_place(case: Case) -> None:
    ids = [ranked.post.media_id for ranked in case.ranked()]
    assert sorted(ids) == sorted(post.media_id for post in case.posts)
    assert all(ids[place] == media_id for place, media_id in case.fixed.items())


@given(_cases(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_input_order(case: Case, chance: random.Random) -> None:
    shuffled = case.posts.copy()
    chance.shuffle(shuffled)
    assert list(case.ranked()) == list(case.ranked(posts=shuffled))


@given(_cases(), st.integers(0, 20))
def test_a_limit_is_the_beginning_of_the_whole(case: Case, limit: int) -> None:
    assert list(case.ranked(limit=limit)) == list(case.ranked()[:limit])


@given(_cases(), st.integers(0, 10**6), st.floats(0, 10**6))
def test_more_likes_or_a_newer_date_never_lower_the_score(
    case: Case, more: int, newer_s: float
) -> None:
    first, *others = case.posts
    better = replace(first, likes=first.likes + more, created_at_s=first.created_at_s + newer_s)
    before = by_id(case.ranked())[first.media_id]
    after = by_id(case.ranked(posts=[better, *others]))[first.media_id]
    assert after.score >= before.score - 1e-12


@given(_cases())
def test_the_place_by_score_is_that_without_diversity(case: Case) -> None:
    ranked = case.ranked()
    assert sorted(ranked.place_by_score.tolist()) == list(range(len(ranked)))
    plain = replace(case.ranking, diversity=DiversityParameters("none", depth=0))
    full = {
        item.post.media_id: item.score + d.weight * (1.0 - d.value)
        for item in case.ranked(ranking=plain)
        if (d := item.signals["diversity"]) is not None
    }
    by_place = sorted(ranked, key=lambda item: item.place_by_score)
    scores = [full[item.post.media_id] for item in by_place]
    assert all(a >= b - 1e-12 for a, b in pairwise(scores))
