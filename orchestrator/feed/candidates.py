"""Which posts are worth ranking for a viewer: near an interest, fresh, or popular.

The sources are asked for ids alone and joined first; both vectors are then fetched for all, so
that a post found by one source is scored on every signal.
"""

import asyncio
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from orchestrator.feed.neighbours import first_unknown
from orchestrator.feed.profiles import Profile
from orchestrator.store.protocol import Order, Store
from orchestrator.store.records import StoredPost

SOURCES = ("visual", "text", "new", "liked", "discussed")
"""How a candidate was found: near an interest in picture or words, or at the top of an order."""

_ORDERS: dict[str, Order] = {"new": "created_at", "liked": "likes", "discussed": "comments"}


class Candidate(NamedTuple):
    """A post, and the sources that found it: bit i is set for SOURCES[i]."""

    post: StoredPost
    sources: int


async def find_candidates(
    store: Store, profile: Profile, *, per_source: int, served: AbstractSet[str]
) -> list[Candidate]:
    """The union of all sources, in the order of media ids.

    What the viewer has seen or hidden is left out. Of each source `per_source` posts, at most,
    are new to the viewer, and as many may have been `served` before.
    """
    barred = profile.known.seen.keys() | profile.known.hidden.media_ids
    known = barred | served
    near, tops = await asyncio.gather(
        profile.neighbours.near_interests(profile.viewer, per_source=per_source, known=known),
        asyncio.gather(*(_top(store, source, per_source, known) for source in _ORDERS)),
    )
    sources: dict[str, int] = {}
    for source, wanted, media_ids in (*near, *tops):
        bit = 1 << SOURCES.index(source)
        for media_id in _kept(media_ids, wanted, barred=barred, served=served):
            sources[media_id] = sources.get(media_id, 0) | bit
    posts = await store.get_posts(sorted(sources), with_vectors=True)
    authors = profile.known.hidden.authors
    return [
        Candidate(post, sources[media_id])
        for media_id, post in posts.items()
        if post.author_id not in authors
    ]


async def _top(
    store: Store, source: str, wanted: int, known: AbstractSet[str]
) -> tuple[str, int, list[str]]:
    found, _ = await first_unknown(
        lambda limit: store.top(_ORDERS[source], limit=limit), wanted=wanted, known=known
    )
    return source, wanted, found


def _kept(
    media_ids: list[str], wanted: int, *, barred: AbstractSet[str], served: AbstractSet[str]
) -> list[str]:
    free = [media_id for media_id in media_ids if media_id not in barred]
    new = [media_id for media_id in free if media_id not in served]
    again = [media_id for media_id in free if media_id in served]
    return new[:wanted] + again[:wanted]
