"""Ranking alone: posts in memory to an order with every signal."""

import numpy as np

from benchmarks.inputs import posts, unit_vector
from benchmarks.timing import Timing, measure
from orchestrator.feed.calibration import load_calibrations
from orchestrator.feed.feed import candidate
from orchestrator.settings import Settings
from orchestrator.store.records import Schema
from ranking.rank import Ranking, rank
from ranking.types import Interest, Taste, Viewer

_SCHEMA = Schema({"visual": "made", "text": "made"}, {"visual": 512, "text": 768})
_CALLS = 200


def bench_ranking() -> list[Timing]:
    """100 and 1,000 posts, all of them ordered."""
    pretrained = {"visual": "pretrained", "text": "pretrained"}
    ranking = Ranking(load_calibrations(Settings().calibration_path, pretrained))
    rng = np.random.default_rng(1)
    viewer = Viewer(
        Taste((Interest(unit_vector(rng, 512)),)), Taste((Interest(unit_vector(rng, 768)),))
    )
    candidates = [candidate(post) for post in posts(1000, _SCHEMA)]
    now_s = max(post.created_at_s for post in candidates)

    def rank_first(count: int) -> Timing:
        some = candidates[:count]
        return measure(
            f"ranking, {count:,} posts",
            lambda _: rank(some, viewer, now_s=now_s, ranking=ranking),
            calls=_CALLS,
        )

    return [rank_first(100), rank_first(1000)]
