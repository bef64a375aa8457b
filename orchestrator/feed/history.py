"""What a viewer's events say of their taste: the vectors to compare posts with."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from orchestrator.feed.known import HIDING, HIDING_AUTHOR
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event, LegacyPost, StoredPost
from ranking.types import Viewer
from ranking.viewer import Response, TasteParameters, viewer_from

STRONG = 0.5
"""An event whose weight is this far from 0 says enough to rebuild a viewer's vectors at once."""


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
) -> tuple[Viewer, int]:
    """A viewer's vectors, and how many events they are made of; an unknown viewer has none.

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
    viewer, _ = await taste_of(store, events, now=now, taste=taste, legacy=legacy)
    return viewer, len(events)


async def taste_of(
    store: Store,
    events: Sequence[Event],
    *,
    now: datetime,
    taste: TasteParameters,
    legacy: Unmigrated | None = None,
) -> tuple[Viewer, list[str]]:
    """The vectors that events make, and the media ids of events that count nothing.

    The latter are of posts that do not exist, or not any more.
    """
    media_ids = sorted({event.media_id for event in events})
    posts = await store.get_posts(media_ids, with_vectors=True)
    old = await legacy.posts(media_ids) if legacy else {}
    responses = [
        _response(event, posts.get(event.media_id), old.get(event.media_id)) for event in events
    ]
    viewer = await asyncio.to_thread(
        viewer_from, responses, now_s=now.timestamp(), parameters=taste
    )
    return viewer, [name for name in media_ids if name not in posts and name not in old]


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
