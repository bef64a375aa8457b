"""What a viewer's events say: the vectors to compare posts with, and the posts not to serve."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.feed.parameters import FeedParameters
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event, StoredPost
from ranking.types import Viewer
from ranking.viewer import Response, TasteParameters, viewer_from

HIDING = frozenset({"hide", "report"})
"""Kinds of events after which a post never returns to that viewer."""
HIDING_AUTHOR = "hide_author"
"""The kind of event after which no post of that author returns."""
STRONG = 0.5
"""An event whose weight is this far from 0 says enough to rebuild a viewer's vectors at once."""

_MAX_HIDDEN = 20_000


@dataclass(frozen=True, slots=True)
class Hidden:
    """What never returns to a viewer: media ids, and the authors of all that they made."""

    media_ids: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()

    def holds(self, post: StoredPost) -> bool:
        """Whether a post is hidden."""
        return post.media_id in self.media_ids or post.author_id in self.authors


@dataclass(frozen=True, slots=True)
class History:
    """A viewer's taste, made of `events` events, and the media ids they saw, the latest first."""

    viewer: Viewer
    seen: tuple[str, ...]
    hidden: Hidden
    events: int


def is_strong(kind: str, taste: TasteParameters) -> bool:
    """Whether one event of this kind changes what a viewer should be served."""
    return kind in HIDING or kind == HIDING_AUTHOR or abs(taste.weights.get(kind, 0.0)) >= STRONG


async def read_history(
    store: Store,
    user_id: str,
    *,
    now: datetime,
    parameters: FeedParameters,
    taste: TasteParameters,
) -> History:
    """Read a viewer's events; an unknown viewer has an empty history.

    Strong and weak events are read apart, so that views do not crowd out likes.
    """
    telling = [kind for kind, weight in taste.weights.items() if weight]
    strong = sorted(kind for kind in telling if is_strong(kind, taste))
    weak = sorted(set(telling) - set(strong))
    events = []
    for kinds in (strong, weak):
        if kinds:
            events += await store.events_of(user_id, limit=parameters.max_history, kinds=kinds)
    since = now - timedelta(days=parameters.seen_days)
    seen = await store.events_of(user_id, limit=parameters.max_seen, since=since)
    viewer, _ = await taste_of(store, events, now=now, taste=taste)
    return History(
        viewer=viewer,
        seen=tuple(dict.fromkeys(event.media_id for event in seen)),
        hidden=await read_hidden(store, user_id),
        events=len(events),
    )


async def read_hidden(store: Store, user_id: str) -> Hidden:
    """What a viewer has hidden or reported, ever."""
    events = await store.events_of(
        user_id, limit=_MAX_HIDDEN, kinds=sorted({*HIDING, HIDING_AUTHOR})
    )
    return Hidden(
        media_ids=frozenset(event.media_id for event in events),
        authors=frozenset(
            event.author_id
            for event in events
            if event.kind == HIDING_AUTHOR and event.author_id is not None
        ),
    )


async def taste_of(
    store: Store, events: Sequence[Event], *, now: datetime, taste: TasteParameters
) -> tuple[Viewer, list[str]]:
    """The vectors that events make, and the media ids of events that count nothing.

    The latter are of posts that do not exist, or not any more.
    """
    media_ids = sorted({event.media_id for event in events})
    posts = await store.get_posts(media_ids, with_vectors=True)
    responses = [
        Response(
            event.media_id, event.kind, event.at.timestamp(), event.value, post.visual, post.text
        )
        for event in events
        if (post := posts.get(event.media_id)) is not None
    ]
    viewer = await asyncio.to_thread(
        viewer_from, responses, now_s=now.timestamp(), parameters=taste
    )
    return viewer, [media_id for media_id in media_ids if media_id not in posts]
