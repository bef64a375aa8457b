import numpy as np
import pytest

from ranking.types import Post, RankedPost, RankedPosts, Signal

NAN = float("nan")
POSTS = (Post("a", "ann", "meme", 0.0), Post("b", "bob", "meme", 0.0))
RANKED = RankedPosts(
    posts=POSTS,
    score=np.array([0.7, 0.4]),
    raw=np.array([[0.2, NAN, 30.0, 5.0, 1.0]] * 2),
    value=np.array([[0.5, NAN, 0.3, 0.9, 1.0]] * 2),
    weight=np.array([[0.4, 0.0, 0.2, 0.2, 0.2]] * 2),
    redundancy=np.array([0.0, 0.6]),
    place_by_score=np.array([1, 0]),
    interest=np.array([[2, -1], [0, -1]]),
)


def test_an_item_is_made_of_its_row() -> None:
    assert len(RANKED) == 2
    item = RANKED[1]
    assert item[:2] == (POSTS[1], 0.4)
    assert item.signals == {
        "visual": Signal(0.2, 0.5, 0.4, 0.2),
        "text": None,
        "engagement": Signal(30.0, 0.3, 0.2, 0.06),
        "recency": Signal(5.0, 0.9, 0.2, 0.9 * 0.2),
        "diversity": Signal(1.0, 1.0, 0.2, 0.2),
    }
    assert item[3:] == (0.6, 0, (0, -1))


def test_items_are_of_plain_types() -> None:
    item = RANKED[0]
    assert isinstance(item, RankedPost)
    plain = (item.score, item.redundancy, item.place_by_score, *item.interest)
    assert [type(value) for value in plain] == [float, float, int, int, int]


def test_a_slice_is_as_columns_again() -> None:
    last = RANKED[1:]
    assert isinstance(last, RankedPosts)
    assert list(last) == [RANKED[1]]
    assert last.interest.tolist() == [[0, -1]]


def test_iteration_and_its_end() -> None:
    assert [item.post.media_id for item in RANKED] == ["a", "b"]
    assert RANKED[-1].post.media_id == "b"
    with pytest.raises(IndexError):
        RANKED[2]
