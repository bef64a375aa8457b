"""What a viewer's events say of their taste: the vectors to compare posts with."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from orchestrator.feed.known import HIDING, HIDING_AUTHOR
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event, LegacyPost, StoredPost
from ranking.types import Viewer
from ranking.viewer import Response, TasteParameters, viewer_from

STRONG = 0.5
"""An event whose weight is this far from 0 says enough to rebuild a viewer's vectors at once."""


class ReadTaste(NamedTuple):
    """A viewer's vectors, and how many events they are made of.

    `is_passing`: the store has not all of the posts, as those in the legacy collection alone.
    """

    viewer: Viewer
    events: int
    is_passing: bool


class MadeTaste(NamedTuple):
    """The vectors that events make.

    `unknown` are the media ids of events that count nothing, as their posts do not exist, or not
    any more; `missing` those that the store does not have, whether or not they count.
    """

    viewer: Viewer
    unknown: list[str]
    missing: list[str]


def is_strong(kind: str, taste: TasteParameters) -> bool:
    """Whether one event of this kind changes what a viewer should be served."""
    return kind in HIDING or kind == HIDING_AUTHOR or abs(taste.weights.get(kind, 0.0)) >= STRONG


async def read_taste(
    store: Store,
    user_id: str,
    *,
    now: datetime,
    parameters: FeedParameters,
    taste: TasteParameters,
    legacy: Unmigrated | None = None,
) -> ReadTaste:
    """A viewer's taste; an unknown viewer has none.

    Those of the `legacy` collection's posts too, where it is given.
    Strong and weak events are read apart, so that views do not crowd out likes.
    """
    telling = [kind for kind, weight in taste.weights.items() if weight]
    strong = sorted(kind for kind in telling if is_strong(kind, taste))
    weak = sorted(set(telling) - set(strong))
    events = []
    for kinds in (strong, weak):
        if kinds:
            events += await store.events_of(user_id, limit=parameters.max_history, kinds=kinds)
    made = await taste_of(store, events, now=now, taste=taste, legacy=legacy)
    is_passing = legacy is not None and bool(made.missing)
    return ReadTaste(made.viewer, len(events), is_passing)


async def taste_of(
    store: Store,
    events: Sequence[Event],
    *,
    now: datetime,
    taste: TasteParameters,
    legacy: Unmigrated | None = None,
) -> MadeTaste:
    """The vectors that events make."""
    media_ids = sorted({event.media_id for event in events})
    posts = await store.get_posts(media_ids, with_vectors=True)
    old = await legacy.posts(media_ids) if legacy else {}
    responses = [
        _response(event, posts.get(event.media_id), old.get(event.media_id)) for event in events
    ]
    viewer = await asyncio.to_thread(
        viewer_from, responses, now_s=now.timestamp(), parameters=taste
    )
    missing = [name for name in media_ids if name not in posts]
    return MadeTaste(viewer, [name for name in missing if name not in old], missing)


def _response(event: Event, post: StoredPost | None, old: LegacyPost | None) -> Response:
    """An event with what is known of its post; without any vector it counts nothing."""
    return Response(
        media_id=event.media_id,
        kind=event.kind,
        at_s=event.at.timestamp(),
        value=event.value,
        visual=post.visual if post else None,
        text=post.text if post else None,
        legacy=old.vector if old else None,
    )
