import pytest

from evaluation.policies.guide import Guide
from ranking.types import Post
from tests.evaluation.policies.asking import EAST, NORTH, NOW_S, asked

TASTE = (EAST, EAST)


def post(media_id: str, author_id: str = "x", content_type: str = "meme", **more: object) -> Post:
    return Post(media_id, author_id, content_type, NOW_S, **more)  # type: ignore[arg-type]


def test_what_is_missing_scores_nothing() -> None:
    posts = [
        post("half", "a", visual=EAST),
        post("none", "b", likes=60),
        post("both", "c", visual=EAST, text=EAST),
    ]
    # 0.30 + 0.20·1/52; 0 + 0.20·61/112; 0.30 + 0.25 + 0.20·1/52
    assert Guide().order(asked(posts, TASTE)) == [2, 0, 1]


@pytest.mark.parametrize(("to_unit", "first"), [("clipped", 1), ("halved", 0)])
def test_cosines_are_halved_or_clipped(to_unit: str, first: int) -> None:
    # The first gains 0.30 · ½ only where a cosine of 0 counts half, the second 0.20 · ~0.45.
    posts = [post("right angle", "a", visual=NORTH), post("known", "b", likes=40)]
    guide = Guide(to_unit)  # type: ignore[arg-type]
    assert guide.order(asked(posts, TASTE))[0] == first


def test_authors_and_types_are_spread() -> None:
    posts = [
        post("a", "ann", likes=12),
        post("b", "ann", likes=11),
        post("c", "bob", "mixed", likes=9),
        post("d", "ann", likes=10),
    ]
    # After "a": b has 0.10·(½·9/10 + ½·½), c the whole 0.10, worth more than two likes.
    assert Guide().order(asked(posts)) == [0, 2, 1, 3]
