"""What a viewer has seen, and what they never want to see again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orchestrator.feed.parameters import FeedParameters
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event

HIDING = frozenset({"hide", "report"})
"""Kinds of events after which a post never returns to that viewer."""
HIDING_AUTHOR = "hide_author"
"""The kind of event after which no post of that author returns, nor the post itself."""

_ALL = 10_000_000
"""More events than one viewer has: what is hidden is hidden for ever."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What never returns to a viewer: media ids, and the authors of all that they made."""

    media_ids: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """Take in an event of the viewer's; only those that hide say something."""
        if event.kind in HIDING or event.kind == HIDING_AUTHOR:
            self.media_ids.add(event.media_id)
        if event.kind == HIDING_AUTHOR and event.author_id is not None:
            self.authors.add(event.author_id)

    def holds(self, media_id: str, author_id: str | None) -> bool:
        """Whether a post is hidden, by itself or by its author."""
        return media_id in self.media_ids or author_id in self.authors


@dataclass(frozen=True, slots=True)
class Known:
    """`seen` has media ids, the latest last; both grow by events."""

    seen: dict[str, None] = field(default_factory=dict)
    hidden: Hidden = field(default_factory=Hidden)

    def add(self, event: Event, *, since: datetime) -> None:
        """Take in an event that was recorded just now; before `since`, nothing is seen."""
        if event.at >= since:
            self.seen.pop(event.media_id, None)
            self.seen[event.media_id] = None
        self.hidden.add(event)


async def read_known(
    store: Store, user_id: str, *, now: datetime, parameters: FeedParameters
) -> Known:
    """Read what a viewer saw in the last days, and what they ever hid."""
    since = now - timedelta(days=parameters.seen_days)
    seen = await store.events_of(user_id, limit=parameters.max_seen, since=since)
    return Known(
        seen=dict.fromkeys(reversed(list(dict.fromkeys(event.media_id for event in seen)))),
        hidden=await read_hidden(store, user_id),
    )


async def read_hidden(store: Store, user_id: str) -> Hidden:
    """What a viewer has hidden or reported, ever."""
    hidden = Hidden()
    for event in await store.events_of(user_id, limit=_ALL, kinds=sorted({*HIDING, HIDING_AUTHOR})):
        hidden.add(event)
    return hidden
