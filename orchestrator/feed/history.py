"""What a viewer's events say: the vectors to compare posts with, and the posts not to serve."""

from dataclasses import dataclass
from datetime import datetime

from orchestrator.store.protocol import Store
from ranking.types import Viewer
from ranking.viewer import Response, TasteParameters, viewer_from

ANSWERED = frozenset({"like", "comment", "save", "share", "skip", "hide", "report"})
"""Kinds of events after which a post is not served to that viewer again."""


@dataclass(frozen=True, slots=True)
class History:
    """A viewer's taste, and the media ids of posts that they have answered."""

    viewer: Viewer
    answered: frozenset[str]


async def read_history(
    store: Store, user_id: str, *, now: datetime, limit: int, parameters: TasteParameters
) -> History:
    """Read a viewer's latest `limit` events that say something; views do not crowd out likes.

    An unknown viewer has an empty history.
    """
    telling = sorted(ANSWERED | parameters.weights.keys())
    events = await store.events_of(user_id, limit=limit, kinds=telling)
    liked = {event.media_id for event in events if event.kind in parameters.weights}
    posts = await store.get_posts(sorted(liked), with_vectors=True)
    responses = [
        Response(event.kind, event.at.timestamp(), post.visual, post.text)
        for event in events
        if (post := posts.get(event.media_id)) is not None
    ]
    return History(
        viewer=viewer_from(responses, now_s=now.timestamp(), parameters=parameters),
        answered=frozenset(event.media_id for event in events if event.kind in ANSWERED),
    )
