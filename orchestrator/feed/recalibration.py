"""Observations in, fitted maps out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orchestrator.feed.calibration import Fitted, Origin
from orchestrator.feed.observations import Observations
from ranking.calibration import ModalityCalibrations
from ranking.cone import common_direction, without
from ranking.fitting import MEAN_LEVELS, PAIR_LEVELS, fit
from ranking.sampling import Samples, mean_samples, pair_samples

MIN_POSTS = 100
"""Posts with a vector of the modality that a fit needs."""
_LEVELS = {"mean": MEAN_LEVELS, "pair": PAIR_LEVELS}
_COUNT = 10_000
"""Cosines of the background."""


@dataclass(frozen=True, slots=True)
class Refit:
    """A modality's new maps, and the samples that they were fitted to, by map."""

    fitted: Fitted
    samples: Mapping[str, Samples]


def refit(fingerprint: str, observations: Observations, *, seed: int, at: datetime) -> Refit:
    """Fit a modality's maps; ValueError says what the observations lack."""
    posts = len(observations.vectors)
    if posts < MIN_POSTS:
        raise ValueError(f"{posts} posts have such a vector, {MIN_POSTS} are needed")
    common = common_direction(observations.vectors)
    drawn = (
        without(observations.vectors, common),
        [without(history, common) for history in observations.histories],
    )
    samples = {
        "mean": mean_samples(*drawn, count=_COUNT, seed=seed),
        "pair": pair_samples(*drawn, count=_COUNT, seed=seed),
    }
    source = f"{observations.liked} liked posts" if observations.histories else "nearest posts"
    maps = {
        name: fit(
            sample.background,
            sample.related,
            f"{fingerprint}, {name}, fitted {at.date()} to {posts} posts and {source}",
            _LEVELS[name],
        )
        for name, sample in samples.items()
    }
    origin = Origin(
        fingerprint=fingerprint,
        fitted_at=at.isoformat(timespec="seconds"),
        posts=posts,
        viewers=observations.viewers,
        liked=observations.liked,
        cosines={
            name: {"background": len(sample.background), "related": len(sample.related)}
            for name, sample in samples.items()
        },
    )
    return Refit(Fitted(origin, ModalityCalibrations(**maps, common=common)), samples)
