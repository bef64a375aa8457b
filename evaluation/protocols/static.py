"""One feed a viewer after their past: the same candidates and the same past for every policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.policies.policy import Asked, Policy
from evaluation.world.answers import Event
from evaluation.world.utility import clearly_relevant, gain, utility
from evaluation.world.world import World
from ranking.metrics import intra_list_distance, ndcg_at, reciprocal_rank
from ranking.types import Vector

PAGE = 10
CANDIDATE_DAYS = 3.0

Measured = Mapping[str, NDArray[np.float64]]
"""A measure's name → its value for each viewer, [viewers]."""


@dataclass(frozen=True, slots=True)
class WorldVectors:
    """Looks up what a policy may know of a post that an event names."""

    world: World

    def __call__(self, post: int) -> tuple[Vector | None, Vector | None]:
        return self.world.visual.of(post), self.world.text.of(post)


def run_static(world: World, policies: Sequence[Policy], *, seed: int) -> dict[str, Measured]:
    """nDCG@10, MRR, distance in a list and share of unwanted posts, by policy and viewer.

    Candidates are the posts of the last three days that the viewer has not seen. nDCG is of
    graded utility, against the best order of all candidates; MRR is of the first post that is at
    least half as good as the best; distances are of true vectors.
    """
    now_s = world.size.now_s
    window = world.available(now_s, CANDIDATE_DAYS)
    rows = {policy.name: [] for policy in policies}  # type: dict[str, list[tuple[float, ...]]]
    every_post = dict(zip(window.tolist(), world.posts_at(now_s, window), strict=True))
    for viewer, inhabitant in enumerate(world.inhabitants):
        candidates = window[~np.isin(window, seen(inhabitant.past))]
        worth = utility(world.catalogue, inhabitant.person, candidates, now_s)
        asked = Asked(
            posts=[every_post[post] for post in candidates.tolist()],
            past=inhabitant.past,
            now_s=now_s,
            seed=(seed, viewer),
            limit=PAGE,
            vectors=WorldVectors(world),
            worth=worth,
        )
        for policy in policies:
            order = policy.order(asked)
            rows[policy.name].append(_measure(world, candidates, worth, order))
    names = ("nDCG@10", "MRR", "ILD@10", "unwanted")
    return {
        name: dict(zip(names, np.array(measured).T, strict=True)) for name, measured in rows.items()
    }


def seen(past: Sequence[Event]) -> NDArray[np.int64]:
    """Posts that a viewer was shown, each once."""
    return np.unique(np.array([event.post for event in past], dtype=np.int64))


def _measure(
    world: World, candidates: NDArray[np.int64], worth: NDArray[np.float64], order: list[int]
) -> tuple[float, ...]:
    served = worth[order]
    return (
        ndcg_at(gain(served), PAGE, pool=gain(worth)),
        reciprocal_rank(clearly_relevant(served, float(worth.max()))),
        intra_list_distance(world.catalogue.latent[candidates[order]]),
        float((served < 0).mean()),
    )
