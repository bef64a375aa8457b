"""What a store's posts and events have to tell of cosines: vectors, and what viewers liked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrator.store.protocol import Store
from orchestrator.store.records import MODALITIES, StoredPost
from ranking.sampling import grouped

LIKING = ("like", "comment", "save", "share", "follow")
"""Kinds of events that say that a viewer likes a post."""
MIN_LIKED = 200
"""Posts in histories, below which nearest neighbours tell more of what is related."""
_MAX_VIEWERS = 500
_EVENTS_OF_A_VIEWER = 100
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Observations:
    """One modality: unit `vectors` [n, d] of posts drawn at random, and `histories` of viewers.

    Each history [2…8, d] is of some posts that one viewer liked; there are none where viewers
    liked fewer than `MIN_LIKED`. `viewers` and `liked` count what stands in histories.
    """

    vectors: NDArray[np.float32]
    histories: tuple[NDArray[np.float32], ...]
    viewers: int
    liked: int


async def observe(store: Store, *, count: int, seed: int) -> dict[str, Observations]:
    """Draw `count` posts, and the viewers of `count` events, by modality."""
    drawn = await _read(store, await store.sample_posts(count, seed=seed))
    viewers = (await store.sample_viewers(count, seed=seed))[:_MAX_VIEWERS]
    liked = [await _liked(store, viewer) for viewer in viewers]
    found = await _read(store, sorted({media_id for ids in liked for media_id in ids}))
    return {
        modality: _observations(modality, list(drawn.values()), liked, found, seed)
        for modality in MODALITIES
    }


async def _liked(store: Store, user_id: str) -> list[str]:
    events = await store.events_of(user_id, limit=_EVENTS_OF_A_VIEWER, kinds=LIKING)
    return sorted({event.media_id for event in events})


async def _read(store: Store, media_ids: Sequence[str]) -> dict[str, StoredPost]:
    posts: dict[str, StoredPost] = {}
    for start in range(0, len(media_ids), _BATCH):
        posts |= await store.get_posts(media_ids[start : start + _BATCH], with_vectors=True)
    return posts


def _observations(
    modality: str,
    drawn: Sequence[StoredPost],
    liked: Sequence[Sequence[str]],
    found: Mapping[str, StoredPost],
    seed: int,
) -> Observations:
    tastes = [
        _vectors(modality, [found[media_id] for media_id in ids if media_id in found])
        for ids in liked
    ]
    groups = [grouped(taste, seed=seed) for taste in tastes]
    total = sum(len(history) for histories in groups for history in histories)
    vectors = _vectors(modality, drawn)
    if total < MIN_LIKED:
        return Observations(vectors, (), 0, 0)
    return Observations(
        vectors=vectors,
        histories=tuple(history for histories in groups for history in histories),
        viewers=sum(bool(histories) for histories in groups),
        liked=total,
    )


def _vectors(modality: str, posts: Sequence[StoredPost]) -> NDArray[np.float32]:
    vectors = [vector for post in posts if (vector := getattr(post, modality)) is not None]
    return np.stack(vectors) if vectors else np.empty((0, 0), dtype=np.float32)
