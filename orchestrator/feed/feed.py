"""A viewer's feed: sessions that are ranked once, and served page by page."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from orchestrator.errors import CursorExpired
from orchestrator.feed.cursor import Cursor, CursorSigner
from orchestrator.feed.items import Item, items_of
from orchestrator.feed.known import Hidden
from orchestrator.feed.makers import NewSession, Rankers
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.profiles import Profiles
from orchestrator.feed.sessions import Fallback, Sessions, Snapshot
from orchestrator.locks import Locks

DEFAULT_LIMIT = 20
"""Posts of a page where neither the request nor its cursor says otherwise."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some posts of a session, and the cursor of the next page; None at the session's end.

    `variant` made the session, in place of another one where there is a `fallback`.
    """

    items: list[Item]
    cursor: str | None
    session_id: str
    variant: str
    fallback: Fallback | None = None


class FeedService:
    """Feeds for one event loop."""

    def __init__(
        self,
        rankers: Rankers,
        profiles: Profiles,
        sessions: Sessions,
        signer: CursorSigner,
        parameters: FeedParameters,
        now: Callable[[], datetime],
    ) -> None:
        self._rankers = rankers
        self._profiles = profiles
        self._sessions = sessions
        self._signer = signer
        self._parameters = parameters
        self._now = now
        self._locks = Locks()

    async def first_page(
        self,
        user_id: str,
        *,
        limit: int | None,
        weights: Mapping[str, float] | None = None,
        preview: bool = False,
        variant: str | None = None,
    ) -> Page:
        """Rank a new session; its first page is what the viewer was not served before.

        `weights` replace those of the named signals; `variant` names the ranker. A `preview` is
        not kept: it counts as served to nobody, and has no next page. Raises InvalidRequest for
        weights or a variant that are none. Sessions of one viewer open one after the other: two
        refreshes at once do not share a post.
        """
        limit = limit or DEFAULT_LIMIT
        if preview:
            new = await self._new(user_id, weights)
            snapshot = await self._rankers.make(new, variant)
            return _page(snapshot, items_of(snapshot, 0, limit), None)
        async with self._locks.of(user_id):
            new = await self._new(user_id, weights)
            snapshot = await self._rankers.make(new, variant)
            served = min(limit, len(snapshot.media_ids))
            await self._sessions.save(snapshot, served=served)
        page = await self._cut(snapshot, 0, limit, served=served)
        self._rankers.served(new, snapshot)
        return page

    async def next_page(self, user_id: str, *, cursor: str, limit: int | None) -> Page:
        """The page that a cursor stands for; the same cursor and limit give the same page.

        It is of the variant that made the session, whatever is chosen for new ones since. Posts
        that were deleted or hidden since are left out, which makes the page shorter; where a
        deleted one had copies, the next of them stands in its place.
        Raises InvalidCursor, ForeignCursor, CursorExpired.
        """
        found = self._signer.read(cursor, user_id=user_id, now_s=self._now().timestamp())
        snapshot = await self._sessions.get(found.session_id)
        if snapshot is None:
            raise CursorExpired("the feed's session is over; ask for the feed without a cursor")
        return await self._cut(snapshot, found.offset, limit or found.limit)

    async def _new(self, user_id: str, weights: Mapping[str, float] | None) -> NewSession:
        now = self._now()
        session = uuid.uuid4()
        since = now - timedelta(days=self._parameters.seen_days)
        return NewSession(
            session_id=session.hex,
            user_id=user_id,
            created_at=now,
            seed=session.int >> 96,
            served=await self._sessions.served_to(user_id, since=since),
            weights=weights,
        )

    async def _cut(self, snapshot: Snapshot, offset: int, limit: int, served: int = 0) -> Page:
        """The first page from `offset` on with something left to show; `served` are counted."""
        length = len(snapshot.media_ids)
        hidden = await self._profiles.hidden_from(snapshot.user_id)
        while True:
            stop = min(offset + limit, length)
            placed = items_of(snapshot, offset, stop)
            asked = [media_id for item in placed for media_id in item.copies]
            authors = await self._rankers.authors(snapshot.variant, asked)
            shown = (_standing(item, authors, hidden) for item in placed)
            items = [item for item in shown if item is not None]
            if items or stop >= length:
                break
            offset = stop
        if stop > served:
            await self._sessions.mark_served(snapshot.session_id, stop)
        return _page(snapshot, items, self._cursor(snapshot, stop, limit))

    def _cursor(self, snapshot: Snapshot, offset: int, limit: int) -> str | None:
        if offset >= len(snapshot.media_ids):
            return None
        ttl = timedelta(seconds=self._parameters.session_ttl_s)
        cursor = Cursor(
            session_id=snapshot.session_id,
            offset=offset,
            limit=limit,
            expires_at_s=int((snapshot.created_at + ttl).timestamp()),
        )
        return self._signer.sign(cursor, user_id=snapshot.user_id)


def _page(snapshot: Snapshot, items: list[Item], cursor: str | None) -> Page:
    return Page(items, cursor, snapshot.session_id, snapshot.variant, snapshot.fallback)


def _standing(item: Item, authors: Mapping[str, str | None], hidden: Hidden) -> Item | None:
    """The item, or a copy in its stead where its post is gone; None where nothing may be shown."""
    living = [media_id for media_id in item.copies if media_id in authors]
    # Who hides one copy hides them all.
    if not living or not hidden.media_ids.isdisjoint(item.copies):
        return None
    first, *others = living
    if hidden.holds(first, authors[first]):
        return None
    if first == item.media_id:
        return item
    return replace(item, media_id=first, duplicates=tuple(others))
