"""Posts nearest to a query on one side, or by an exact weighted score of both."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from orchestrator.errors import InvalidRequest
from orchestrator.search.query import Query, side
from orchestrator.store.protocol import Store
from orchestrator.store.records import Modality, Neighbour, PostFilter, StoredPost, Vector
from ranking.hybrid import (
    HybridWeights,
    Side,
    contributions,
    sides_of,
    unseen_bound,
    upper_bounds,
)

_GROWTH = 4
_FIRST_READ = 64
_NEXT_READS = 512


@dataclass(frozen=True, slots=True)
class Hit:
    """A post that was found; `contributions` by side add up to its score."""

    post: StoredPost
    contributions: dict[str, float]

    @property
    def score(self) -> float:
        """Of one side the cosine, of both the weighted sum."""
        return sum(self.contributions.values())


@dataclass(frozen=True, slots=True)
class Search:
    """Searches of one store. The post that a query is of is never found.

    A hybrid search first looks `first_depth` posts deep on each side, and `depth_per_result`
    more for each that is wanted: of 50,000 posts without structure enough for 1 to 100 of them.
    """

    store: Store
    first_depth: int = 300
    depth_per_result: int = 12

    async def nearest(
        self, query: Query, modality: Modality, *, limit: int, where: PostFilter
    ) -> list[Hit]:
        """Posts that have this side, by falling cosine, equal ones by media id.

        Of equal ones at the limit the store chooses. InvalidRequest for a query without the side.
        """
        vector = side(query, modality)
        found = (await self._others(query, modality, vector, limit, where))[:limit]
        found.sort(key=lambda neighbour: (-neighbour.cosine, neighbour.media_id))
        posts = await self.store.get_posts([neighbour.media_id for neighbour in found])
        return [
            Hit(posts[neighbour.media_id], {modality: neighbour.cosine})
            for neighbour in found
            # A post may have been deleted between the two reads.
            if neighbour.media_id in posts
        ]

    async def hybrid(
        self, query: Query, weights: HybridWeights, *, limit: int, where: PostFilter
    ) -> list[Hit]:
        """Posts that have any side of the query, by falling score, equal ones by media id.

        The score is the sum over the query's sides of weight times cosine, the weights shared
        out to 1 among them. As exact as the store's `nearest`: the lists of both sides grow until
        no post that is on neither can have such a score. InvalidRequest where no side of the
        query carries weight.
        """
        sides = sides_of(query.visual, query.text, weights)
        if not sides:
            raise InvalidRequest("no side of the query has both a vector and a weight above 0")
        depth = self.first_depth + self.depth_per_result * limit
        while True:
            lists = await asyncio.gather(
                *(
                    self._others(query, cast(Modality, each.name), each.vector, depth, where)
                    for each in sides
                )
            )
            deepest = [found[-1].cosine if len(found) >= depth else None for found in lists]
            hits = await self._best(sides, upper_bounds(sides, lists, deepest), limit)
            unseen = unseen_bound(sides, deepest)
            if unseen == -math.inf or (len(hits) == limit and hits[-1].score > unseen):
                return hits
            depth *= _GROWTH

    async def _others(
        self, query: Query, modality: Modality, vector: Vector, limit: int, where: PostFilter
    ) -> list[Neighbour]:
        """At least `limit` posts but the query's own, or all."""
        # One more, as the engine takes longer to leave a post out than to find it.
        found = await self.store.nearest(modality, vector, limit=limit + 1, where=where)
        return [neighbour for neighbour in found if neighbour.media_id != query.media_id]

    async def _best(
        self, sides: Sequence[Side], bounds: Mapping[str, float], limit: int
    ) -> list[Hit]:
        """The best posts of those that are bounded; those whose bound is too low are not read."""
        media_ids = sorted(bounds, key=bounds.__getitem__, reverse=True)
        best: list[_Scored] = []
        start, size = 0, limit + _FIRST_READ
        while True:
            least = best[-1].score if len(best) == limit else -math.inf
            chunk = [each for each in media_ids[start : start + size] if bounds[each] >= least]
            if not chunk:
                return [_hit(scored, sides) for scored in best]
            posts = await self.store.get_posts(chunk, with_vectors=True)
            best = sorted([*best, *_score(list(posts.values()), sides)], key=_place)[:limit]
            start, size = start + size, _NEXT_READS
            # A crowd of equal posts is many reads, none of which need wait for anything.
            await asyncio.sleep(0)


class _Scored(NamedTuple):
    score: float
    post: StoredPost
    contributions: tuple[float, ...]


def _score(posts: Sequence[StoredPost], sides: Sequence[Side]) -> list[_Scored]:
    columns = [contributions(each, [getattr(post, each.name) for post in posts]) for each in sides]
    rows = zip(*columns, strict=True)
    return [_Scored(sum(row), post, row) for post, row in zip(posts, rows, strict=True)]


def _place(scored: _Scored) -> tuple[float, str]:
    return -scored.score, scored.post.media_id


def _hit(scored: _Scored, sides: Sequence[Side]) -> Hit:
    names = (each.name for each in sides)
    return Hit(scored.post, dict(zip(names, scored.contributions, strict=True)))
