"""A viewer's feed: sessions that are ranked once, and served page by page."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from orchestrator.errors import CursorExpired
from orchestrator.feed.arrangement import Arrangement, arrange
from orchestrator.feed.candidates import Candidate, find_candidates
from orchestrator.feed.cursor import Cursor, CursorSigner
from orchestrator.feed.entries import make_entries
from orchestrator.feed.items import Item, items_of, take_snapshot
from orchestrator.feed.known import Hidden
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.prepared import Preparation
from orchestrator.feed.profiles import Profile, Profiles
from orchestrator.feed.ranking_thread import RankingThread
from orchestrator.feed.sessions import Sessions, Snapshot
from orchestrator.feed.weights import reweighted
from orchestrator.locks import Locks
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost
from ranking.duplicates import DuplicateParameters
from ranking.rank import Ranking

DEFAULT_LIMIT = 20
"""Posts of a page where neither the request nor its cursor says otherwise."""


_MAX_COMPARED_HIDDEN = 2000
_PREPARED_POSTS = 50_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some posts of a session, and the cursor of the next page; None at the session's end."""

    items: list[Item]
    cursor: str | None
    session_id: str


@dataclass(frozen=True, slots=True)
class FeedRules:
    """How a feed is made."""

    ranking: Ranking
    parameters: FeedParameters
    duplicates: DuplicateParameters


class FeedService:
    """Feeds from the store's posts, for one event loop."""

    def __init__(
        self,
        store: Store,
        profiles: Profiles,
        sessions: Sessions,
        signer: CursorSigner,
        rules: FeedRules,
        now: Callable[[], datetime],
        thread: RankingThread,
    ) -> None:
        self._store = store
        self._profiles = profiles
        self._sessions = sessions
        self._signer = signer
        self._rules = rules
        self._now = now
        self._thread = thread
        self._preparation = Preparation(_PREPARED_POSTS)
        self._locks = Locks()

    async def first_page(
        self,
        user_id: str,
        *,
        limit: int | None,
        weights: Mapping[str, float] | None = None,
        preview: bool = False,
    ) -> Page:
        """Rank a new session; its first page is what the viewer was not served before.

        `weights` replace those of the named signals. A `preview` is not kept: it counts as served
        to nobody, and has no next page. Raises InvalidRequest for weights that are none. Sessions
        of one viewer open one after the other: two refreshes at once do not share a post.
        """
        limit = limit or DEFAULT_LIMIT
        rules = replace(self._rules, ranking=reweighted(self._rules.ranking, weights))
        if preview:
            snapshot = await self._open(user_id, rules)
            return Page(items_of(snapshot, 0, limit), None, snapshot.session_id)
        async with self._locks.of(user_id):
            snapshot = await self._open(user_id, rules)
            served = min(limit, len(snapshot.media_ids))
            await self._sessions.save(snapshot, served=served)
        return await self._page(snapshot, 0, limit, served=served)

    async def next_page(self, user_id: str, *, cursor: str, limit: int | None) -> Page:
        """The page that a cursor stands for; the same cursor and limit give the same page.

        Posts that were deleted or hidden since are left out, which makes the page shorter; where
        a deleted one had copies, the next of them stands in its place.
        Raises InvalidCursor, ForeignCursor, CursorExpired.
        """
        found = self._signer.read(cursor, user_id=user_id, now_s=self._now().timestamp())
        snapshot = await self._sessions.get(found.session_id)
        if snapshot is None:
            raise CursorExpired("the feed's session is over; ask for the feed without a cursor")
        return await self._page(snapshot, found.offset, limit or found.limit)

    async def _open(self, user_id: str, rules: FeedRules) -> Snapshot:
        now = self._now()
        session = uuid.uuid4()
        seed = session.int >> 96
        profile = await self._profiles.of(user_id)
        since = now - timedelta(days=rules.parameters.seen_days)
        served = await self._sessions.served_to(user_id, since=since)
        candidates = await find_candidates(
            self._store,
            profile,
            per_source=rules.parameters.candidates_per_source,
            served=frozenset(served),
        )
        arrangement = await self._arrange(candidates, profile, served, now, seed, rules)
        return take_snapshot(
            arrangement,
            profile.viewer,
            session_id=session.hex,
            user_id=user_id,
            created_at=now,
            seed=seed,
        )

    async def _arrange(
        self,
        candidates: list[Candidate],
        profile: Profile,
        served: list[str],
        now: datetime,
        seed: int,
        rules: FeedRules,
    ) -> Arrangement:
        compared = rules.parameters.compared_posts
        hidden = sorted(profile.known.hidden.media_ids)[:_MAX_COMPARED_HIDDEN]
        seen = islice(reversed(profile.known.seen), compared)
        seen_posts = await self._posts([*seen, *hidden])
        served_posts = await self._posts(served[:compared])

        def work() -> Arrangement:
            entries = make_entries(
                candidates,
                seen=seen_posts,
                served=served_posts,
                served_ids=frozenset(served),
                parameters=rules.duplicates,
                preparation=self._preparation,
            )
            return arrange(
                entries,
                profile.viewer,
                now_s=now.timestamp(),
                seed=seed,
                ranking=rules.ranking,
                parameters=rules.parameters,
            )

        return await self._thread.run(work)

    async def _posts(self, media_ids: list[str]) -> dict[str, StoredPost]:
        return await self._store.get_posts(media_ids, with_vectors=True) if media_ids else {}

    async def _page(self, snapshot: Snapshot, offset: int, limit: int, served: int = 0) -> Page:
        """The first page from `offset` on with something left to show; `served` are counted."""
        length = len(snapshot.media_ids)
        hidden = await self._profiles.hidden_from(snapshot.user_id)
        while True:
            stop = min(offset + limit, length)
            placed = items_of(snapshot, offset, stop)
            posts = await self._store.get_posts([one for item in placed for one in item.copies])
            shown = (_standing(item, posts, hidden) for item in placed)
            items = [item for item in shown if item is not None]
            if items or stop >= length:
                break
            offset = stop
        if stop > served:
            await self._sessions.mark_served(snapshot.session_id, stop)
        return Page(items, self._cursor(snapshot, stop, limit), snapshot.session_id)

    def _cursor(self, snapshot: Snapshot, offset: int, limit: int) -> str | None:
        if offset >= len(snapshot.media_ids):
            return None
        ttl = timedelta(seconds=self._rules.parameters.session_ttl_s)
        cursor = Cursor(
            session_id=snapshot.session_id,
            offset=offset,
            limit=limit,
            expires_at_s=int((snapshot.created_at + ttl).timestamp()),
        )
        return self._signer.sign(cursor, user_id=snapshot.user_id)


def _standing(item: Item, posts: Mapping[str, StoredPost], hidden: Hidden) -> Item | None:
    """The item, or a copy in its stead where its post is gone; None where nothing may be shown."""
    living = [media_id for media_id in item.copies if media_id in posts]
    # Who hides one copy hides them all.
    if not living or not hidden.media_ids.isdisjoint(item.copies):
        return None
    first, *others = living
    if hidden.holds(posts[first]):
        return None
    if first == item.media_id:
        return item
    return replace(item, media_id=first, duplicates=tuple(others))
