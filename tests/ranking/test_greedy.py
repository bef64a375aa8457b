import numpy as np
import pytest

from ranking.greedy import Greedy, Standing
from ranking.window import LargestInWindow, Unwatched


def standing(scores: list[float], authors: list[int]) -> Standing:
    """Posts of one type; authors beyond the scores are of posts that stand before."""
    return Standing(
        np.array(scores), np.full(len(scores), 0.1), np.zeros_like(authors), np.array(authors)
    )


def test_posts_that_stand_before_are_counted() -> None:
    types, authors = standing([0.5, 0.4], [0, 1, 2, 2]).counts_before()
    assert types.tolist() == [2]
    assert authors.tolist() == [0, 0, 2]


def test_placing_lowers_those_of_the_same_author() -> None:
    posts = standing([0.50, 0.49, 0.48], [0, 0, 1])
    greedy = Greedy(posts, np.arange(3), 3, Unwatched(3), strength=0.2)
    chosen = []
    for _ in range(3):
        chosen.append(greedy.choose())
        greedy.put(chosen[-1])
    assert chosen == [0, 2, 1]


def test_a_member_that_is_not_open_counts_but_is_never_chosen() -> None:
    posts = standing([0.50, 0.49, 0.90], [0, 1, 0])
    greedy = Greedy(posts, np.array([0, 1, 2]), 2, Unwatched(3), strength=0.2)
    greedy.put(2)
    # its author's other post has 0.50 + 0.1·¼ against 0.49 + 0.1·½
    assert greedy.choose() == 1


@pytest.mark.parametrize(("strength", "chosen"), [(0.0, 1), (5e-324, 1), (0.01, 1), (0.2, 2)])
def test_strength_weighs_redundancy_against_score(strength: float, chosen: int) -> None:
    posts = standing([0.9, 0.5, 0.4], [0, 1, 2])
    similarity = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    greedy = Greedy(posts, np.arange(3), 3, LargestInWindow(similarity, 10), strength)
    greedy.put(greedy.choose())
    assert greedy.choose() == chosen
