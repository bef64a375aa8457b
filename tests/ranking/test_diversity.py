import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.diversity import Fixed, Placement, author_variety, place, type_variety


def test_the_first_post_is_wholly_different() -> None:
    assert place([Fixed("a", "ann", "meme", 0.3, 0.1)]) == [Placement(0, 1.0)]


def test_an_authors_second_post_yields_to_another_author() -> None:
    posts = [
        Fixed("a1", "ann", "meme", 0.50, 0.10),
        Fixed("a2", "ann", "meme", 0.49, 0.10),
        Fixed("b1", "bob", "meme", 0.48, 0.10),
    ]
    # After a1: a2 has ½·(1 − 1/10) + ¼ = 0.70, 0.49 + 0.070 = 0.560;
    #           b1 has ½·(1 − 1/10) + ½ = 0.95, 0.48 + 0.095 = 0.575.
    # Then a2:  ½·(1 − 2/10) + ¼ = 0.65.
    order = place(posts)
    assert [posts[placement.position].media_id for placement in order] == ["a1", "b1", "a2"]
    assert [placement.diversity for placement in order] == pytest.approx([1.0, 0.95, 0.65])


def test_a_run_of_one_type_yields_to_another_type() -> None:
    posts = [Fixed(f"m{i}", f"m{i}", "meme", 0.50, 0.10) for i in range(3)]
    posts.append(Fixed("p", "p", "aesthetic", 0.492, 0.10))
    # After m0, m1: m2 has 0.5 + 0.1·(½·0.8 + ½) = 0.590, p has 0.492 + 0.1 = 0.592.
    order = [posts[placement.position].media_id for placement in place(posts)]
    assert order == ["m0", "m1", "p", "m2"]


def test_the_window_forgets() -> None:
    posts = [Fixed(f"{i}", f"{i}", "meme", 0.5, 0.1) for i in range(4)]
    diversities = [placement.diversity for placement in place(posts, window=2)]
    # types among the last two: 0, 1, 2, 2
    assert diversities == pytest.approx([1.0, 0.75, 0.5, 0.5])


def test_ties_break_by_media_id() -> None:
    posts = [Fixed(name, name, "meme", 0.5, 0.1) for name in ("c", "a", "b")]
    assert [posts[placement.position].media_id for placement in place(posts)] == ["a", "b", "c"]


_POSTS = st.lists(
    st.builds(
        Fixed,
        media_id=st.uuids().map(str),
        author_id=st.sampled_from("abcd"),
        content_type=st.sampled_from(["meme", "aesthetic", "mixed"]),
        score=st.floats(0, 1),
        diversity_weight=st.sampled_from([0.1, 0.1 / 0.7, 0.0]),
    ),
    max_size=25,
    unique_by=lambda post: post.media_id,
)


@given(_POSTS)
def test_lazy_placing_equals_trying_every_post_at_every_step(posts: list[Fixed]) -> None:
    assert [posts[p.position].media_id for p in place(posts, 4)] == _by_brute_force(posts, 4)


@given(_POSTS, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(posts: list[Fixed], chance: random.Random) -> None:
    shuffled = posts.copy()
    chance.shuffle(shuffled)
    assert [posts[p.position] for p in place(posts)] == [
        shuffled[p.position] for p in place(shuffled)
    ]


def _by_brute_force(posts: list[Fixed], window: int) -> list[str]:
    placed: list[Fixed] = []
    left = set(posts)
    while left:

        def total(post: Fixed) -> tuple[float, str]:
            same_type = sum(other.content_type == post.content_type for other in placed[-window:])
            same_author = sum(other.author_id == post.author_id for other in placed)
            # In the order of the terms of the code under test, so that ties are equal to the bit.
            bound = post.score + post.diversity_weight * author_variety(same_author)
            return -bound - post.diversity_weight * type_variety(same_type, window), post.media_id

        best = min(left, key=total)
        placed.append(best)
        left.remove(best)
    return [post.media_id for post in placed]
