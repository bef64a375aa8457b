import numpy as np
import pytest

from ranking.single_signal import ranked_by
from ranking.types import Post, Signal


def test_one_signal_is_the_score() -> None:
    posts = [Post(name, "", "mixed", 0.0) for name in ("b", "a")]
    ranked = ranked_by("visual", posts, np.array([0.8, -0.2]), np.array([0.8, 0.0]))
    assert [each.post.media_id for each in ranked] == ["b", "a"]
    assert [each.score for each in ranked] == pytest.approx([0.8, 0.0])
    assert ranked[0].signals == {
        "visual": Signal(0.8, 0.8, 1.0, 0.8),
        "text": None, "engagement": None, "recency": None, "diversity": None,
    }  # fmt: skip
    assert [each.place_by_score for each in ranked] == [0, 1]


def test_where_it_is_missing_the_score_is_nothing() -> None:
    post = Post("a", "", "mixed", np.nan)
    (ranked,) = ranked_by("recency", [post], np.array([np.nan]), np.array([np.nan]))
    assert (ranked.score, set(ranked.signals.values())) == (0.0, {None})
