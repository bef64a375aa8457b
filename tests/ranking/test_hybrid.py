import math

import numpy as np
import pytest

from ranking.hybrid import (
    ROUNDING,
    HybridWeights,
    Side,
    contributions,
    sides_of,
    unseen_bound,
    upper_bounds,
)

X = np.array([1, 0], dtype=np.float32)
Y = np.array([0, 1, 0], dtype=np.float32)


def test_shares_sum_to_one() -> None:
    sides = sides_of(X, Y, HybridWeights(3, 1))
    assert [(side.name, side.share) for side in sides] == [("visual", 0.75), ("text", 0.25)]


def test_the_share_of_a_side_that_the_query_lacks_goes_to_the_other() -> None:
    (side,) = sides_of(None, Y, HybridWeights(3, 1))
    assert (side.name, side.share) == ("text", 1.0)


def test_a_side_without_weight_is_none() -> None:
    assert [side.name for side in sides_of(X, Y, HybridWeights(0, 2))] == ["text"]
    assert sides_of(X, None, HybridWeights(0, 2)) == []


@pytest.mark.parametrize(
    ("visual", "text", "message"),
    [
        (-0.1, 1, "visual"),
        (1, math.nan, "text"),
        (math.inf, 1, "visual"),
        (1, 2e6, "text"),
        (0, 0, "above 0"),
    ],
)
def test_weights_that_are_none(visual: float, text: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HybridWeights(visual, text)


def test_contributions_are_share_times_cosine_and_zero_for_what_is_not_there() -> None:
    found = contributions(
        Side("visual", X, 0.25), [X, np.array([0.6, 0.8], dtype=np.float32), None, -X]
    )
    assert found == pytest.approx([0.25, 0.15, 0.0, -0.25])


def test_equal_vectors_have_equal_contributions_to_the_last_bit() -> None:
    rng = np.random.default_rng(5)
    vector = rng.standard_normal(771).astype(np.float32)
    side = Side("text", rng.standard_normal(771).astype(np.float32), 0.3)
    assert len(set(contributions(side, [vector.copy() for _ in range(100)]))) == 1


def test_what_was_seen_on_one_side_scores_at_most() -> None:
    sides = [Side("visual", X, 0.5), Side("text", Y, 0.5)]
    lists = [[("both", 0.8), ("picture", 0.4)], [("words", 0.3), ("both", -0.2)]]
    bounds = upper_bounds(sides, lists, [0.4, -0.2])
    assert bounds == {
        "both": pytest.approx(0.5 * 0.8 - 0.5 * 0.2 + ROUNDING, abs=1e-12),
        # It may have no words at all, which is better than those after the last.
        "picture": pytest.approx(0.5 * 0.4 + ROUNDING, abs=1e-12),
        "words": pytest.approx(0.5 * 0.3 + 0.5 * 0.4 + ROUNDING, abs=1e-12),
    }


def test_a_side_of_which_all_were_seen_adds_nothing_to_the_others() -> None:
    sides = [Side("visual", X, 0.5), Side("text", Y, 0.5)]
    bounds = upper_bounds(sides, [[("picture", 0.4)], [("words", 0.3)]], [0.4, None])
    assert bounds["picture"] == pytest.approx(0.5 * 0.4 + ROUNDING, abs=1e-12)


@pytest.mark.parametrize(
    ("deepest", "bound"),
    [
        # Both sides as good as the last ones seen.
        ((0.4, 0.2), 0.5 * 0.4 + 0.5 * 0.2),
        # It may lack the side of which all are unlike the query.
        ((0.4, -0.2), 0.5 * 0.4),
        # It has one side at least.
        ((-0.4, -0.2), 0.5 * -0.2),
        # All posts with a picture were seen: it has none.
        ((None, 0.2), 0.5 * 0.2),
        ((None, -0.2), 0.5 * -0.2),
        ((None, None), -math.inf),
    ],
)
def test_what_was_not_seen_scores_at_most(
    deepest: tuple[float | None, float | None], bound: float
) -> None:
    sides = [Side("visual", X, 0.5), Side("text", Y, 0.5)]
    assert unseen_bound(sides, deepest) == pytest.approx(bound + ROUNDING, abs=1e-12)
