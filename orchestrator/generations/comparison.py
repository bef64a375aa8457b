"""How much changes with the models: neighbours and feeds by the old and the new vectors."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orchestrator.feed.makers import NewSession, SessionMaker
from orchestrator.rollout.shadow import Agreement, Means
from orchestrator.store.protocol import Store
from orchestrator.store.records import MODALITIES, Modality, StoredPost, Vector
from ranking.agreement import overlap_at

NEIGHBOURS = 10
_SEED = 0
"""The same sample whenever one asks, while nothing is written."""


@dataclass(frozen=True, slots=True)
class Side:
    """A generation as it is compared."""

    store: Store
    maker: SessionMaker


@dataclass(frozen=True, slots=True)
class Comparison:
    """Means over samples, each with its size.

    `neighbours`: by modality, the share of a post's ten nearest by the old vectors that are among
    the ten by the new; None where no sampled post has both. `feeds`: by the names of `Agreement`.
    """

    posts: Mapping[str, int]
    neighbours: Mapping[str, float | None]
    viewers: int
    feeds: Mapping[str, float | None]


async def compare(old: Side, new: Side, *, posts: int, viewers: int, now: datetime) -> Comparison:
    """Compare on posts drawn at random, and on viewers of events drawn at random.

    Raises StoreUnavailable. No feed of it is served to anybody.
    """
    drawn = await old.store.sample_posts(posts, seed=_SEED)
    by_old = await old.store.get_posts(drawn, with_vectors=True)
    by_new = await new.store.get_posts(drawn, with_vectors=True)
    overlaps = {
        modality: await _overlaps(old.store, new.store, modality, by_old, by_new)
        for modality in MODALITIES
    }
    users = (await old.store.sample_viewers(viewers, seed=_SEED))[:viewers]
    agreements = Means()
    for user_id in users:
        session = _session(user_id, now)
        before, after = await old.maker.make(session), await new.maker.make(session)
        agreements.note(Agreement.between(before.media_ids, after.media_ids))
    return Comparison(
        posts={modality: len(found) for modality, found in overlaps.items()},
        neighbours={
            modality: sum(found) / len(found) if found else None
            for modality, found in overlaps.items()
        },
        viewers=agreements.count,
        feeds=agreements.values,
    )


def _session(user_id: str, now: datetime) -> NewSession:
    return NewSession(uuid.uuid4().hex, user_id, now, _SEED)


async def _overlaps(
    old: Store,
    new: Store,
    modality: Modality,
    by_old: Mapping[str, StoredPost],
    by_new: Mapping[str, StoredPost],
) -> list[float]:
    found = []
    for media_id, post in by_old.items():
        before = getattr(post, modality)
        after = getattr(by_new.get(media_id), modality, None)
        if before is not None and after is not None:
            near_before = await _nearest(old, modality, before, media_id)
            near_after = await _nearest(new, modality, after, media_id)
            found.append(overlap_at(near_before, near_after, NEIGHBOURS))
    return found


async def _nearest(store: Store, modality: Modality, vector: Vector, media_id: str) -> list[str]:
    found = await store.nearest(modality, vector, limit=NEIGHBOURS + 1)
    ids = [neighbour.media_id for neighbour in found if neighbour.media_id != media_id]
    return ids[:NEIGHBOURS]
