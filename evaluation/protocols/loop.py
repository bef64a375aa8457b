"""Several refreshes over days: what is served is answered, and the answers are learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.policies.policy import LIKING, Asked, Policy
from evaluation.protocols.static import CANDIDATE_DAYS, PAGE, Measured, WorldVectors, seen
from evaluation.world.answers import Event
from evaluation.world.catalogue import DAY_S
from evaluation.world.utility import REPEAT, utility
from evaluation.world.world import Inhabitant, World
from ranking.metrics import coverage, intra_list_distance, repeat_rate
from ranking.types import Post


@dataclass(frozen=True, slots=True)
class LoopResult:
    """`by_viewer`: measures a viewer; `author_coverage`, `catalogue_coverage`: of all together."""

    by_viewer: Measured
    author_coverage: float
    catalogue_coverage: float


@dataclass(frozen=True, slots=True)
class Refresh:
    """A moment at which everyone opens the feed."""

    number: int
    now_s: float
    window: NDArray[np.int64]
    posts: Mapping[int, Post]


def run_loop(
    world: World, policies: Sequence[Policy], *, seed: int, viewers: int, refreshes: int = 10
) -> dict[str, LoopResult]:
    """`refreshes` pages of ten, evenly over the days ahead, for the first `viewers`.

    A page is of the posts of the last three days, without what the policy's product takes out:
    what was liked (random, newest, legacy, the guide), or all that was seen (ours). A post that
    the viewer has seen before is worth a fifth. Coverage counts all posts that were candidates.
    """
    step = world.size.days_ahead / refreshes
    moments = [
        _refresh(world, number, world.size.now_s + step * number * DAY_S)
        for number in range(refreshes)
    ]
    return {policy.name: _serve(world, policy, moments, seed, viewers) for policy in policies}


def _refresh(world: World, number: int, now_s: float) -> Refresh:
    window = world.available(now_s, CANDIDATE_DAYS)
    posts = dict(zip(window.tolist(), world.posts_at(now_s, window), strict=True))
    return Refresh(number, now_s, window, posts)


def _serve(
    world: World, policy: Policy, moments: Sequence[Refresh], seed: int, viewers: int
) -> LoopResult:
    rows = []
    everything: list[int] = []
    for viewer, inhabitant in enumerate(world.inhabitants[:viewers]):
        pages, worth = _live(world, policy, moments, inhabitant, (seed, viewer))
        served = [post for page in pages for post in page]
        everything += served
        rows.append(
            (
                float(np.mean(worth)),
                repeat_rate(served, before=seen(inhabitant.past).tolist()),
                float(np.mean([intra_list_distance(world.catalogue.latent[p]) for p in pages])),
                float(np.mean(np.array(worth) < 0)),
            )
        )
    there = np.unique(np.concatenate([moment.window for moment in moments]))
    author = world.catalogue.author
    names = ("mean utility", "repeat rate", "ILD@10", "unwanted")
    return LoopResult(
        dict(zip(names, np.array(rows).T, strict=True)),
        coverage(author[everything].tolist(), np.unique(author[there]).size),
        coverage(everything, there.size),
    )


def _live(
    world: World,
    policy: Policy,
    moments: Sequence[Refresh],
    inhabitant: Inhabitant,
    seed: tuple[int, ...],
) -> tuple[list[list[int]], list[float]]:
    """The pages that one viewer is served, and what each post was worth to them."""
    past = list(inhabitant.past)
    known = set(seen(past).tolist())
    pages: list[list[int]] = []
    worth: list[float] = []
    for moment in moments:
        candidates = moment.window[~np.isin(moment.window, _taken_out(policy, past))]
        truth = utility(world.catalogue, inhabitant.person, candidates, moment.now_s)
        repeat = np.isin(candidates, list(known))
        truth = np.where(repeat & (truth > 0), REPEAT * truth, truth)
        asked = Asked(
            posts=[moment.posts[post] for post in candidates.tolist()],
            past=past,
            now_s=moment.now_s,
            seed=(*seed, moment.number),
            limit=PAGE,
            vectors=WorldVectors(world),
            worth=truth,
        )
        order = policy.order(asked)
        page = candidates[order]
        at_s = moment.now_s + 30.0 * np.arange(len(order))
        past.extend(inhabitant.mood.answers(page, truth[order], at_s))
        known.update(page.tolist())
        pages.append(page.tolist())
        worth.extend(truth[order].tolist())
    return pages, worth


def _taken_out(policy: Policy, past: Sequence[Event]) -> NDArray[np.int64]:
    if policy.never == "seen":
        return seen(past)
    return seen([event for event in past if event.kind in LIKING])
