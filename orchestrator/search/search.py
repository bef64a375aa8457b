"""Posts nearest to a query on one side, or by an exact weighted score of both."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from orchestrator.errors import InvalidRequest
from orchestrator.search.query import Query, side
from orchestrator.store.protocol import Store
from orchestrator.store.records import Modality, Neighbour, PostFilter, StoredPost
from ranking.hybrid import (
    HybridWeights,
    Side,
    best,
    contributions,
    sides_of,
    unseen_bound,
)

_GROWTH = 4


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
    first_depth: int = 512
    depth_per_result: int = 10

    async def nearest(
        self, query: Query, modality: Modality, *, limit: int, where: PostFilter
    ) -> list[Hit]:
        """Posts that have this side, by falling cosine; InvalidRequest for a query without it."""
        found = await self.store.nearest(
            modality, side(query, modality), limit=limit, where=_others(where, query)
        )
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
        where = _others(where, query)
        known: dict[str, StoredPost] = {}
        depth = self.first_depth + self.depth_per_result * limit
        while True:
            lists = await asyncio.gather(*(self._list(each, depth, where) for each in sides))
            known |= await self._unknown(lists, known)
            hits = await asyncio.to_thread(_hits, list(known.values()), sides, limit)
            bound = unseen_bound(sides, [_deepest(found, depth) for found in lists])
            if bound == -math.inf or (len(hits) == limit and hits[-1].score > bound):
                return hits
            depth *= _GROWTH

    async def _list(self, each: Side, depth: int, where: PostFilter) -> list[Neighbour]:
        modality = cast(Modality, each.name)
        return await self.store.nearest(modality, each.vector, limit=depth, where=where)

    async def _unknown(
        self, lists: Sequence[Sequence[Neighbour]], known: dict[str, StoredPost]
    ) -> dict[str, StoredPost]:
        ids = {neighbour.media_id for found in lists for neighbour in found}
        return await self.store.get_posts(list(ids - known.keys()), with_vectors=True)


def _others(where: PostFilter, query: Query) -> PostFilter:
    if query.media_id is None:
        return where
    return replace(where, without=(*where.without, query.media_id))


def _deepest(found: Sequence[Neighbour], depth: int) -> float | None:
    return found[-1].cosine if len(found) >= depth else None


def _hits(posts: Sequence[StoredPost], sides: Sequence[Side], limit: int) -> list[Hit]:
    columns = {
        each.name: contributions(each, [getattr(post, each.name) for post in posts])
        for each in sides
    }
    scores = np.sum(list(columns.values()), axis=0)
    places = best([post.media_id for post in posts], scores, limit)
    return [
        Hit(
            posts[place],
            {name: float(column[place]) for name, column in columns.items()},
        )
        for place in places
    ]
