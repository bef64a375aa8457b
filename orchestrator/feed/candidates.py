"""Which posts are worth ranking for a viewer: near in picture or words, fresh, or popular.

The sources are asked for ids alone and joined first; both vectors are then fetched for all, so
that a post found by one source is scored on every signal.
"""

import asyncio
from collections.abc import Set as AbstractSet

from orchestrator.store.protocol import Order, Store
from orchestrator.store.records import Modality, StoredPost
from ranking.types import Interest, Viewer

_ORDERS: tuple[Order, ...] = ("created_at", "likes", "comments")


async def find_candidates(
    store: Store, viewer: Viewer, *, per_source: int, without: AbstractSet[str]
) -> list[StoredPost]:
    """The union of all sources, each of `per_source` posts at most, `without` some ids."""
    # Left-out posts would otherwise take places of the sources that they came from.
    limit = per_source + len(without)
    found = await asyncio.gather(
        *(_near(store, "visual", interest, limit) for interest in viewer.visual.interests),
        *(_near(store, "text", interest, limit) for interest in viewer.text.interests),
        *(store.top(order, limit=limit) for order in _ORDERS),
    )
    kept = [[media_id for media_id in ids if media_id not in without][:per_source] for ids in found]
    union = sorted(set().union(*kept))
    return list((await store.get_posts(union, with_vectors=True)).values())


async def _near(store: Store, modality: Modality, interest: Interest, limit: int) -> list[str]:
    neighbours = await store.nearest(modality, interest.vector, limit=limit)
    return [neighbour.media_id for neighbour in neighbours]
