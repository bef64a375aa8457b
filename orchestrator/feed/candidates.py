"""Which posts are worth ranking for a viewer: near an interest, fresh, or popular.

The sources are asked for ids alone and joined first; all vectors are then fetched for all, so
that a post found by one source is scored on every signal. A post that is in the store and in the
legacy collection is the store's.
"""

import asyncio
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from orchestrator.feed.neighbours import first_unknown
from orchestrator.feed.profile import Profile
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.store.protocol import Order, Store
from orchestrator.store.records import LegacyPost, StoredPost

SOURCES = ("visual", "text", "new", "liked", "discussed", "legacy", "legacy_new")
"""How a candidate was found: near an interest in picture or words, or at the top of an order;
in the legacy collection near an interest, or by date."""

_Ask = Callable[[int], Awaitable[list[str]]]
_ORDERS: dict[str, Order] = {"new": "created_at", "liked": "likes", "discussed": "comments"}


class Candidate(NamedTuple):
    """A post, and the sources that found it: bit i is set for SOURCES[i]."""

    post: StoredPost | LegacyPost
    sources: int


async def find_candidates(
    store: Store,
    profile: Profile,
    *,
    per_source: int,
    served: AbstractSet[str],
    legacy: Unmigrated | None = None,
) -> list[Candidate]:
    """The union of all sources, in the order of media ids; with `legacy` those of its posts too.

    What the viewer has seen or hidden is left out. Of each source `per_source` posts, at most,
    are new to the viewer, and as many may have been `served` before.
    """
    barred = profile.known.seen.keys() | profile.known.hidden.media_ids
    known = barred | served
    near, tops = await asyncio.gather(
        profile.neighbours.near_interests(profile.viewer, per_source=per_source, known=known),
        asyncio.gather(
            *(_top(source, ask, per_source, known) for source, ask in _tops(store, legacy))
        ),
    )
    sources: dict[str, int] = {}
    for source, wanted, media_ids in (*near, *tops):
        bit = 1 << SOURCES.index(source)
        for media_id in _kept(media_ids, wanted, barred=barred, served=served):
            sources[media_id] = sources.get(media_id, 0) | bit
    posts = await _posts(store, legacy, sorted(sources))
    authors = profile.known.hidden.authors
    return [
        Candidate(post, sources[media_id])
        for media_id, post in posts.items()
        if post.author_id not in authors
    ]


def _tops(store: Store, legacy: Unmigrated | None) -> list[tuple[str, _Ask]]:
    """What is asked for the top of each order."""

    def by(order: Order) -> _Ask:
        return lambda limit: store.top(order, limit=limit)

    asks = [(source, by(order)) for source, order in _ORDERS.items()]
    if legacy:
        asks.append(("legacy_new", lambda limit: legacy.newest(limit=limit)))
    return asks


async def _top(
    source: str, ask: _Ask, wanted: int, known: AbstractSet[str]
) -> tuple[str, int, list[str]]:
    found, _ = await first_unknown(ask, wanted=wanted, known=known)
    return source, wanted, found


async def _posts(
    store: Store, legacy: Unmigrated | None, media_ids: list[str]
) -> dict[str, StoredPost | LegacyPost]:
    """Posts with their vectors, in the order of `media_ids`."""
    found: dict[str, StoredPost | LegacyPost] = {}
    found.update(await store.get_posts(media_ids, with_vectors=True))
    if not legacy:
        return found
    found.update(await legacy.posts([name for name in media_ids if name not in found]))
    return {name: found[name] for name in media_ids if name in found}


def _kept(
    media_ids: list[str], wanted: int, *, barred: AbstractSet[str], served: AbstractSet[str]
) -> list[str]:
    free = [media_id for media_id in media_ids if media_id not in barred]
    new = [media_id for media_id in free if media_id not in served]
    again = [media_id for media_id in free if media_id in served]
    return new[:wanted] + again[:wanted]
