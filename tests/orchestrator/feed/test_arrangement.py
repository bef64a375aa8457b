from collections import Counter
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from orchestrator.feed.arrangement import Arrangement, arrange, joined
from orchestrator.feed.entries import Entry
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.prepared import as_post
from ranking.rank import Ranking, rank
from ranking.types import Post, Viewer
from tests.orchestrator.store import conformance
from tests.orchestrator.store.conformance import NOW
from tests.support.feeds import IDENTITY

RANKING = Ranking(IDENTITY)


def post(media_id: str, **changes: object) -> Post:
    return as_post(conformance.post(media_id, **changes))


def entries(count: int, *, known: int = 0, fresh: int = 0, hours_old: float = 100.0) -> list[Entry]:
    """`count` old posts, ever less liked, the last `known` of them known; and `fresh` new ones."""
    old = [
        Entry(
            post(
                f"old-{n:03}",
                author_id=f"a{n}",
                likes=1000 - n,
                created_at=NOW - timedelta(hours=100),
            ),
            1,
            is_known=n >= count - known,
        )
        for n in range(count)
    ]
    young = [
        Entry(
            post(
                f"fresh-{n:03}",
                author_id=f"f{n}",
                likes=n % 3,
                comments=0,
                created_at=NOW - timedelta(hours=hours_old),
            ),
            2,
        )
        for n in range(fresh)
    ]
    return [*old, *young]


def arranged(given: list[Entry], *, seed: int = 1, **parameters: float) -> Arrangement:
    return arrange(
        given,
        Viewer(),
        now_s=NOW.timestamp(),
        seed=seed,
        ranking=RANKING,
        parameters=FeedParameters(**parameters),  # type: ignore[arg-type]
    )


def ids(arrangement: Arrangement) -> list[str]:
    return [each.media_id for each in arrangement.ranked.posts]


def test_what_is_new_stands_before_what_is_known() -> None:
    arrangement = arranged(entries(10, known=6))
    assert arrangement.new == 4
    assert sorted(ids(arrangement)[:4]) == [f"old-{n:03}" for n in range(4)]
    assert sorted(ids(arrangement)[4:]) == [f"old-{n:03}" for n in range(4, 10)]
    assert [entry.post.media_id for entry in arrangement.entries] == ids(arrangement)
    assert [entry.is_known for entry in arrangement.entries] == [False] * 4 + [True] * 6
    assert sorted(arrangement.ranked.place_by_score.tolist()) == list(range(10))


def test_nothing_arranged_is_nothing() -> None:
    arrangement = arranged([])
    assert (ids(arrangement), arrangement.new, arrangement.explored) == ([], 0, {})


def test_a_session_is_as_long_as_it_may_be() -> None:
    assert len(arranged(entries(10, known=5), session_posts=3).entries) == 3
    whole = arranged(entries(10, known=5), session_posts=7)
    assert (len(whole.entries), whole.new) == (7, 5)
    assert len(arranged(entries(4), session_posts=1).entries) == 1


def test_the_order_of_entries_says_nothing() -> None:
    given = entries(30, known=10, fresh=30, hours_old=1)
    assert ids(arranged(given)) == ids(arranged(given[::-1]))


def test_known_posts_count_who_stands_before_them() -> None:
    one = Entry(post("new", author_id="ann"), 1)
    two = Entry(post("known", author_id="ann"), 1, is_known=True)
    diversity = arranged([one, two]).ranked.value[:, 4]
    # Type: 10 / (10 + 1); author: ½.
    assert diversity.tolist() == [1.0, pytest.approx(0.5 * 10 / 11 + 0.25)]


def test_chance_gives_a_bounded_share_of_the_first_half() -> None:
    # New, but hardly liked: of 100 posts they stand behind the better half.
    given = entries(80, fresh=20, hours_old=47.9)
    arrangement = arranged(given, session_posts=100, exploration_share=0.1)
    explored = arrangement.explored
    # A tenth of fifty places, one in each ten of them, each of 20 posts with the same chance:
    # one of nine places in the first block, which never gives its first, of ten in the others.
    assert [place // 10 for place in sorted(explored)] == [0, 1, 2, 3, 4]
    chances = [explored[place] for place in sorted(explored)]
    assert chances == pytest.approx([1 / 180] + [1 / 200] * 4)
    assert 0 not in explored
    assert {ids(arrangement)[place][:5] for place in explored} == {"fresh"}
    assert len(set(ids(arrangement))) == 100


def test_chance_is_the_seeds() -> None:
    given = entries(80, fresh=20, hours_old=40)
    settings: dict[str, Any] = {"session_posts": 100, "exploration_share": 0.1}
    assert ids(arranged(given, seed=5, **settings)) == ids(arranged(given, seed=5, **settings))
    drawn = Counter[str]()
    for seed in range(60):
        arrangement = arranged(given, seed=seed, **settings)
        drawn.update(ids(arrangement)[place] for place in arrangement.explored)
    # 300 draws of 20 posts: 15 each, with a deviation of 3.4.
    assert len(drawn) == 20
    assert max(drawn.values()) < 15 + 5 * 3.4


@pytest.mark.parametrize(
    "settings",
    [
        {"exploration_share": 0.0},
        {"exploration_hours": 39.0},
        {"exploration_hours": 24.0, "exploration_share": 0.5},
    ],
)
def test_without_a_share_or_new_posts_nothing_is_given_by_chance(
    settings: dict[str, Any],
) -> None:
    given = entries(80, fresh=20, hours_old=40)
    assert arranged(given, session_posts=100, **settings).explored == {}


def test_posts_that_many_answered_need_no_chance() -> None:
    given = entries(80, fresh=20, hours_old=40)
    arrangement = arranged(given, session_posts=100, exploration_interactions=0)
    drawn = {ids(arrangement)[place] for place in arrangement.explored}
    unanswered = {f"fresh-{n:03}" for n in range(0, 20, 3)}
    assert drawn <= unanswered
    # Seven posts were not answered: 1 / (9 · 7) in the first block, 1 / (10 · 7) in the others.
    assert sorted(arrangement.explored.values()) == pytest.approx([1 / 70] * 4 + [1 / 63])


def test_known_posts_are_not_explored() -> None:
    given = [
        *entries(80),
        *(Entry(each.post, 1, is_known=True) for each in entries(0, fresh=20, hours_old=1)),
    ]
    assert arranged(given, session_posts=100).explored == {}


def test_one_post_alone_is_no_experiment() -> None:
    assert arranged(entries(0, fresh=1, hours_old=1), exploration_share=0.5).explored == {}


def test_joined_rows_stand_behind_each_other() -> None:
    posts = [each.post for each in entries(5)]
    first, rest = (
        rank(some, Viewer(), now_s=NOW.timestamp(), ranking=RANKING)
        for some in (posts[:2], posts[2:])
    )
    both = joined(first, rest)
    assert both.posts == first.posts + rest.posts
    assert both.place_by_score.tolist() == [0, 1, 2, 3, 4]
    assert np.array_equal(both.score, [*first.score, *rest.score])
    assert both.value.shape == both.raw.shape == both.weight.shape == (5, 5)
    assert both.interest.shape == (5, 2)
