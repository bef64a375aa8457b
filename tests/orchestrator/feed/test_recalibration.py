from datetime import datetime, timezone

import numpy as np
import pytest

from orchestrator.feed.observations import Observations
from orchestrator.feed.recalibration import MIN_POSTS, refit
from ranking.fitting import MEAN_LEVELS, PAIR_LEVELS, separation
from ranking.sampling import grouped
from ranking.types import Vector

AT = datetime(2026, 11, 1, 12, 0, 30, 999, tzinfo=timezone.utc)
SIZE = 10


def themed(posts: int) -> Vector:
    """Posts of themes of `SIZE` each, around one direction that all share."""
    rng = np.random.default_rng(0)
    centres = 1.0 + rng.standard_normal((posts // SIZE + 1, 64))
    vectors = np.repeat(centres, SIZE, axis=0)[:posts] + rng.standard_normal((posts, 64))
    unit: Vector = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def observations(posts: int, *, liked: bool = False) -> Observations:
    vectors = themed(posts)
    histories = [
        history
        for start in range(0, posts, SIZE)
        for history in grouped(vectors[start : start + SIZE], seed=1)
    ]
    if not liked:
        return Observations(vectors, (), 0, 0)
    return Observations(vectors, tuple(histories), posts // SIZE, posts)


@pytest.mark.parametrize("liked", [True, False])
def test_unrelated_posts_get_nothing_and_the_best_related_ones_all(liked: bool) -> None:
    new = refit("clip@1", observations(400, liked=liked), seed=0, at=AT)
    for name, levels in (("mean", MEAN_LEVELS), ("pair", PAIR_LEVELS)):
        calibration = getattr(new.fitted.calibrations, name)
        sample = new.samples[name]
        assert separation(sample.background, sample.related) > 0.9
        unrelated, related = calibration(sample.background), calibration(sample.related)
        assert np.quantile(unrelated, levels.background) == pytest.approx(0.0, abs=0.01)
        assert np.quantile(related, levels.related) == pytest.approx(1.0, abs=0.01)
        assert np.median(related) > 0.4


def test_a_fit_tells_where_it_comes_from() -> None:
    fitted = refit("clip@1", observations(400, liked=True), seed=0, at=AT).fitted
    origin = fitted.origin
    assert (origin.fingerprint, origin.fitted_at) == ("clip@1", "2026-11-01T12:00:30+00:00")
    assert (origin.posts, origin.viewers, origin.liked) == (400, 40, 400)
    assert origin.cosines["mean"] == {"background": 10_000, "related": 400}
    assert origin.cosines["pair"] == {"background": 10_000, "related": 400}
    assert fitted.calibrations.pair.name == (
        "clip@1, pair, fitted 2026-11-01 to 400 posts and 400 liked posts"
    )


def test_the_same_seed_fits_the_same() -> None:
    one = refit("clip@1", observations(200), seed=0, at=AT).fitted
    assert one == refit("clip@1", observations(200), seed=0, at=AT).fitted
    assert one != refit("clip@1", observations(200), seed=1, at=AT).fitted


def test_too_few_posts() -> None:
    with pytest.raises(ValueError, match=f"99 posts have such a vector, {MIN_POSTS} are needed"):
        refit("clip@1", observations(99), seed=0, at=AT)


def test_copies_of_one_post_tell_nothing() -> None:
    copies = Observations(np.repeat(themed(1), 200, axis=0), (), 0, 0)
    with pytest.raises(ValueError, match="0 background cosines, 50 are needed"):
        refit("clip@1", copies, seed=0, at=AT)
