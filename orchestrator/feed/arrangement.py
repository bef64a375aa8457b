"""Candidates into an order: one entry a content, what is new to the viewer first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orchestrator.feed.entries import Entry
from orchestrator.feed.parameters import FeedParameters
from ranking.exploration import exploration_slots
from ranking.rank import Ranking, rank
from ranking.types import Post, RankedPosts, Viewer


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Ranked posts, and the entry of each, in the order of their places.

    The entries of the first `new` places are new to the viewer. `explored` has the places that
    were given by chance, with the probability that it was given to its post.
    """

    ranked: RankedPosts
    entries: tuple[Entry, ...]
    new: int
    explored: dict[int, float]


def arrange(
    entries: Sequence[Entry],
    viewer: Viewer,
    *,
    now_s: float,
    seed: int,
    ranking: Ranking,
    parameters: FeedParameters,
) -> Arrangement:
    """The order of a session; the same arguments give the same one."""
    length = parameters.session_posts
    new = {entry.post.media_id: entry for entry in entries if not entry.is_known}
    known = {entry.post.media_id: entry for entry in entries if entry.is_known}
    posts = [entry.post for entry in new.values()]
    chance = _Chance(posts, now_s=now_s, seed=seed, parameters=parameters)
    first = rank(posts, viewer, now_s=now_s, ranking=ranking, limit=length, fixed=chance.slots)
    rest = rank(
        [entry.post for entry in known.values()],
        viewer,
        now_s=now_s,
        ranking=ranking,
        limit=length - len(first),
        after=first.posts,
    )
    by_id = {**new, **known}
    ranked = joined(first, rest)
    return Arrangement(
        ranked=ranked,
        entries=tuple(by_id[post.media_id] for post in ranked.posts),
        new=len(first),
        explored=chance.given,
    )


def joined(first: RankedPosts, rest: RankedPosts) -> RankedPosts:
    """`rest` behind `first`; its places by score count on."""
    return RankedPosts(
        posts=first.posts + rest.posts,
        score=np.concatenate([first.score, rest.score]),
        raw=np.concatenate([first.raw, rest.raw]),
        value=np.concatenate([first.value, rest.value]),
        weight=np.concatenate([first.weight, rest.weight]),
        redundancy=np.concatenate([first.redundancy, rest.redundancy]),
        place_by_score=np.concatenate([first.place_by_score, rest.place_by_score + len(first)]),
        interest=np.concatenate([first.interest, rest.interest]),
    )


class _Chance:
    """Gives places of the first half to new posts that few answered and that stand behind it.

    `given` has the places, and the probability with which each was given to its post.
    """

    def __init__(
        self, posts: Sequence[Post], *, now_s: float, seed: int, parameters: FeedParameters
    ) -> None:
        oldest_s = now_s - parameters.exploration_hours * 3600.0
        self._fresh = {
            post.media_id
            for post in posts
            if post.created_at_s >= oldest_s
            and post.likes + post.comments <= parameters.exploration_interactions
        }
        self._half = min(parameters.session_posts, len(posts)) // 2
        self._share = parameters.exploration_share
        self._seed = seed
        self.given: dict[int, float] = {}

    def slots(self, by_score: list[str]) -> dict[int, str]:
        """Places with media ids, for posts that would stand as in `by_score`."""
        pool = self._fresh.difference(by_score[: self._half])
        slots = exploration_slots(pool, self._half, self._share, self._seed)
        self.given = {place: slot.propensity for place, slot in slots.items()}
        return {place: slot.media_id for place, slot in slots.items()}
