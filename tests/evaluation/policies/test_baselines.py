from dataclasses import replace

from evaluation.policies.baselines import Legacy, Newest, Oracle, Random
from ranking.types import Post
from tests.evaluation.policies.asking import EAST, NORTH, NOW_S, asked, unit

POSTS = [
    Post("a", "x", "meme", NOW_S - 300, visual=NORTH),
    Post("b", "x", "meme", NOW_S - 100),
    Post("c", "x", "meme", NOW_S - 200, visual=unit(1, 1)),
    Post("d", "x", "meme", NOW_S - 400, visual=EAST),
]


def test_newest() -> None:
    assert Newest().order(asked(POSTS)) == [1, 2, 0, 3]
    assert Newest().order(replace(asked(POSTS), limit=2)) == [1, 2]


def test_legacy_goes_by_the_mean_of_liked_pictures_alone() -> None:
    assert Legacy().order(asked(POSTS, (EAST, NORTH), (None, NORTH))) == [3, 2, 0, 1]
    assert Legacy().order(asked(POSTS, (EAST, None), (NORTH, None)))[0] == 2


def test_legacy_without_likes_is_newest() -> None:
    assert Legacy().order(asked(POSTS)) == [1, 2, 0, 3]


def test_chance_is_seeded() -> None:
    first = Random().order(asked(POSTS))
    assert sorted(first) == [0, 1, 2, 3]
    assert first == Random().order(asked(POSTS))
    orders = {
        tuple(Random().order(replace(asked(POSTS), seed=(1, number)))) for number in range(200)
    }
    assert len(orders) == 24


def test_the_oracle_knows() -> None:
    assert Oracle().order(asked(POSTS)) == [3, 2, 1, 0]
