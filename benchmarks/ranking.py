"""Ranking alone: posts in memory to an order with every signal, all of it placed."""

import numpy as np

from benchmarks.inputs import posts, unit_vector
from benchmarks.timing import Timing, measure
from orchestrator.feed.prepared import as_post
from orchestrator.store.records import Schema
from ranking.calibration import Calibration, Calibrations, ModalityCalibrations
from ranking.placing import METHODS, DiversityParameters
from ranking.rank import Ranking, rank
from ranking.types import Interest, Taste, Viewer

_SCHEMA = Schema({"visual": "made", "text": "made"}, {"visual": 512, "text": 768})
_SIZES = (100, 1000)
_INTERESTS = 5
_CALLS = 200
# Random vectors have cosines near 0: these maps let some of them be alike.
_MAP = Calibration("made", (-0.1, 0.1), (0.0, 1.0))
_CALIBRATIONS = Calibrations(ModalityCalibrations(_MAP, _MAP), ModalityCalibrations(_MAP, _MAP))


def bench_ranking() -> list[Timing]:
    """100 and 1,000 posts for a viewer with one mean, and for one with several interests."""
    mean, several = _viewer(1), _viewer(_INTERESTS)
    ranking = Ranking(_CALIBRATIONS)
    return [
        *(_bench(f"ranking, {size:,} posts", size, mean, ranking) for size in _SIZES),
        *(
            _bench(f"ranking, {size:,} posts, {_INTERESTS} interests", size, several, ranking)
            for size in _SIZES
        ),
    ]


def bench_methods() -> list[Timing]:
    """Each way of spreading posts out, for the viewer with several interests."""
    viewer = _viewer(_INTERESTS)
    return [
        _bench(
            f"ranking, {size:,} posts, {method}",
            size,
            viewer,
            Ranking(_CALIBRATIONS, diversity=DiversityParameters(method)),
        )
        for method in METHODS
        for size in _SIZES
    ]


def _bench(name: str, size: int, viewer: Viewer, ranking: Ranking) -> Timing:
    candidates = [as_post(post) for post in posts(max(_SIZES), _SCHEMA)][:size]
    now_s = max(post.created_at_s for post in candidates)
    return measure(
        name, lambda _: rank(candidates, viewer, now_s=now_s, ranking=ranking), calls=_CALLS
    )


def _viewer(interests: int) -> Viewer:
    """A viewer with one mean a modality, or with several posts as interests."""
    rng = np.random.default_rng(1)

    def taste(dimension: int) -> Taste:
        return Taste(
            tuple(
                Interest(
                    unit_vector(rng, dimension),
                    weight=1 / (1 + number),
                    media_id=f"post-{number}" if interests > 1 else None,
                )
                for number in range(interests)
            )
        )

    return Viewer(taste(_SCHEMA.dimensions["visual"]), taste(_SCHEMA.dimensions["text"]))
