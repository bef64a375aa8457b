"""Viewers' histories, kept for a while: dropped on a strong event, rebuilt in the background."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from cachetools import TLRUCache, TTLCache

from orchestrator.background import Background
from orchestrator.caching.counts import Counts
from orchestrator.errors import FeedlensError
from orchestrator.feed.history import is_strong, taste_of
from orchestrator.feed.known import Hidden, Known, read_hidden, read_known
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.profile import Profile, ProfileReader
from orchestrator.feed.taste_blob import KeptTaste
from orchestrator.feed.tastes import News, OwnTastes, Tastes
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event
from ranking.types import Viewer
from ranking.viewer import TasteParameters

_LOG = logging.getLogger(__name__)
_REBUILD_AFTER_S = 0.2
"""Events come in bursts: one rebuild answers them all."""


class Profiles:
    """Profiles by user id, for one event loop."""

    def __init__(
        self,
        store: Store,
        parameters: FeedParameters,
        taste: TasteParameters,
        now: Callable[[], datetime],
        tastes: Tastes | None = None,
        legacy: Unmigrated | None = None,
    ) -> None:
        """`tastes` are shared with other processes; None where this is the only one.

        With `legacy`, tastes are of that collection's vectors too.
        """
        self._legacy = legacy
        self._store = store
        self._parameters = parameters
        self._taste = taste
        self._now = now
        self._tastes: Tastes = tastes or OwnTastes()
        size, ttl_s = parameters.max_profiles, parameters.profile_ttl_s
        self._kept: TLRUCache[str, Profile] = TLRUCache(
            size,
            lambda _, profile, __: profile.built_at.timestamp() + profile.ttl_s,
            lambda: now().timestamp(),
        )
        # What is known only grows, so that it outlives the taste that an event makes stale.
        self._known: TTLCache[str, Known] = TTLCache(size, ttl_s, lambda: now().timestamp())
        self._builds: dict[str, asyncio.Task[Profile]] = {}
        self._rebuilds: dict[str, asyncio.Task[None]] = {}
        self._background = Background()
        self._reader = ProfileReader(
            store, parameters, taste, now, self._tastes, self._background, legacy
        )

    @property
    def counts(self) -> Counts:
        """How often a viewer's vectors were known before."""
        return self._tastes.counts

    async def taste_of(self, events: Sequence[Event]) -> tuple[Viewer, list[str]]:
        """The taste that given events make, and their media ids that the store does not know."""
        made = await taste_of(
            self._store, events, now=self._now(), taste=self._taste, legacy=self._legacy
        )
        return made.viewer, made.unknown

    async def of(self, user_id: str) -> Profile:
        """The kept profile, or one built now; callers at the same time share one build."""
        former = await self._heed_news(user_id)
        kept = self._kept.get(user_id)
        if kept is not None:
            self.counts.hits += 1
            return kept
        return await self._built(user_id, former)

    def note(self, events: Iterable[Event]) -> None:
        """Take in events that were recorded just now; what is served next heeds them."""
        since = self._now() - timedelta(days=self._parameters.seen_days)
        asked_for, strong = set(), set()
        for event in events:
            # A build that began before the event may have missed it.
            stale = self._builds.pop(event.user_id, None)
            kept = self._kept.get(event.user_id)
            # A profile that is kept may outlive the entry of what is known; they share one object.
            known = kept.known if kept else self._known.get(event.user_id)
            if known is not None:
                known.add(event, since=since)
            if stale or kept:
                asked_for.add(event.user_id)
            if is_strong(event.kind, self._taste):
                strong.add(event.user_id)
        for user_id in asked_for & strong:
            self._kept.pop(user_id, None)
            if user_id not in self._rebuilds:
                self._rebuilds[user_id] = self._background.start(self._rebuild(user_id))

    async def announce(self, events: Iterable[Event]) -> None:
        """Let other processes know of events that were recorded just now; it never fails."""
        strong: dict[str, bool] = {}
        for event in events:
            says_enough = is_strong(event.kind, self._taste)
            strong[event.user_id] = says_enough or strong.get(event.user_id, False)
        await self._tastes.announce(strong)

    def forget(self, user_ids: Iterable[str]) -> None:
        """Read these viewers' events anew when they are next asked for."""
        for user_id in user_ids:
            self._builds.pop(user_id, None)
            self._kept.pop(user_id, None)
            self._known.pop(user_id, None)

    async def known_to(self, user_id: str) -> Known:
        """What a viewer has seen, and what never returns to them; no post is asked for."""
        former = await self._heed_news(user_id)
        if former is not None:
            return (await self._built(user_id, former)).known
        known = self._known.get(user_id)
        if known is not None:
            return known
        now = self._now()
        return await read_known(self._store, user_id, now=now, parameters=self._parameters)

    def clear(self) -> None:
        """Read every viewer's events anew."""
        self.forget({*self._builds, *self._kept, *self._known})

    async def hidden_from(self, user_id: str) -> Hidden:
        """What never returns to a viewer."""
        former = await self._heed_news(user_id)
        if former is not None:
            return (await self._built(user_id, former)).known.hidden
        known = self._known.get(user_id)
        return await read_hidden(self._store, user_id) if known is None else known.hidden

    async def keep(self, user_id: str, viewer: Viewer, events: int) -> Profile:
        """Keep a taste that the caller brought, in place of the one of the recorded events."""
        # Told before it is kept: what others tell meanwhile is newer than it.
        await self._heed_news(user_id)
        await self._tastes.announce({user_id: True})
        taste = KeptTaste(viewer, events, self._now())
        await self._tastes.keep(user_id, self._tastes.version_of(user_id), taste)
        while (profile := await self.of(user_id)) is not self._kept.get(user_id):
            # An event came meanwhile, which it may have missed.
            pass
        profile = self._reader.with_taste(taste, profile.known)
        self._kept[user_id] = profile
        return profile

    async def close(self) -> None:
        """End what runs in the background."""
        await self._background.close()

    async def _heed_news(self, user_id: str) -> Profile | None:
        """Forget what events of other processes made stale; the profile whose taste is not."""
        news = await self._tastes.news(user_id)
        if news is News.NONE:
            return None
        former = self._kept.get(user_id) if news is News.SEEN else None
        self.forget([user_id])
        return former

    async def _built(self, user_id: str, former: Profile | None) -> Profile:
        build = self._builds.get(user_id)
        if build is None:
            build = self._builds[user_id] = self._background.start(self._build(user_id, former))
        return await asyncio.shield(build)

    async def _build(self, user_id: str, former: Profile | None) -> Profile:
        task = asyncio.current_task()
        try:
            profile = await self._reader.read(user_id, self._known.get(user_id), former)
            if self._builds.get(user_id) is task:
                self._kept[user_id] = profile
                # Its time to live goes on: what was seen long ago must be forgotten some day.
                self._known.setdefault(user_id, profile.known)
            return profile
        finally:
            if self._builds.get(user_id) is task:
                del self._builds[user_id]

    async def _rebuild(self, user_id: str) -> None:
        await asyncio.sleep(_REBUILD_AFTER_S)
        del self._rebuilds[user_id]
        try:
            profile = await self.of(user_id)
            # The scans are most of what a first request would wait for.
            await profile.neighbours.near_interests(
                profile.viewer,
                per_source=self._parameters.candidates_per_source,
                known=profile.known.seen.keys() | profile.known.hidden.media_ids,
            )
        except FeedlensError as exc:
            # The next request builds it, and hears of the failure.
            _LOG.warning("the profile of a viewer could not be rebuilt: %s", exc.detail)
