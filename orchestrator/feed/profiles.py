"""Viewers' histories, kept for a while: dropped on a strong event, rebuilt in the background."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cachetools import TTLCache

from orchestrator.background import Background
from orchestrator.errors import FeedlensError
from orchestrator.feed.history import Hidden, is_strong, read_history, taste_of
from orchestrator.feed.neighbours import Neighbours
from orchestrator.feed.parameters import FeedParameters
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event
from ranking.types import Viewer
from ranking.viewer import TasteParameters

_LOG = logging.getLogger(__name__)
_REBUILD_AFTER_S = 0.2
"""Events come in bursts: one rebuild answers them all."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a viewer. `seen` holds media ids, the latest last, and grows by events."""

    viewer: Viewer
    hidden: Hidden
    events: int
    built_at: datetime
    neighbours: Neighbours
    seen: dict[str, None] = field(default_factory=dict)


class Profiles:
    """Profiles by user id, for one event loop."""

    def __init__(
        self,
        store: Store,
        parameters: FeedParameters,
        taste: TasteParameters,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._parameters = parameters
        self._taste = taste
        self._now = now
        self._kept: TTLCache[str, Profile] = TTLCache(
            parameters.max_profiles, parameters.profile_ttl_s, lambda: now().timestamp()
        )
        self._builds: dict[str, asyncio.Task[Profile]] = {}
        self._rebuilds: dict[str, asyncio.Task[None]] = {}
        self._background = Background()

    async def taste_of(self, events: Sequence[Event]) -> tuple[Viewer, list[str]]:
        """The taste that given events make, and their media ids that the store does not know."""
        return await taste_of(self._store, events, now=self._now(), taste=self._taste)

    async def of(self, user_id: str) -> Profile:
        """The kept profile, or one built now; callers at the same time share one build."""
        kept = self._kept.get(user_id)
        if kept is not None:
            return kept
        build = self._builds.get(user_id)
        if build is None:
            build = self._builds[user_id] = self._background.start(self._build(user_id))
        return await asyncio.shield(build)

    def note(self, events: Iterable[Event]) -> None:
        """Take in events that were recorded just now; what is served next heeds them."""
        since = self._now() - timedelta(days=self._parameters.seen_days)
        asked_for, strong = set(), set()
        for event in events:
            # A build that began before the event may have missed it.
            stale = self._builds.pop(event.user_id, None)
            kept = self._kept.get(event.user_id)
            if kept is not None and event.at >= since:
                kept.seen.pop(event.media_id, None)
                kept.seen[event.media_id] = None
            if kept or stale:
                asked_for.add(event.user_id)
            if is_strong(event.kind, self._taste):
                strong.add(event.user_id)
        for user_id in asked_for & strong:
            self._kept.pop(user_id, None)
            if user_id not in self._rebuilds:
                self._rebuilds[user_id] = self._background.start(self._rebuild(user_id))

    async def keep(self, user_id: str, viewer: Viewer, events: int) -> Profile:
        """Keep a taste that the caller brought, in place of the one of the recorded events."""
        while (known := await self.of(user_id)) is not self._kept.get(user_id):
            # An event came meanwhile, which `known` may have missed.
            pass
        profile = replace(
            known,
            viewer=viewer,
            events=events,
            built_at=self._now(),
            neighbours=self._no_neighbours(),
            seen=dict(known.seen),
        )
        self._kept[user_id] = profile
        return profile

    async def close(self) -> None:
        """End what runs in the background."""
        await self._background.close()

    async def _build(self, user_id: str) -> Profile:
        task = asyncio.current_task()
        try:
            history = await read_history(
                self._store,
                user_id,
                now=self._now(),
                parameters=self._parameters,
                taste=self._taste,
            )
            profile = Profile(
                viewer=history.viewer,
                hidden=history.hidden,
                events=history.events,
                built_at=self._now(),
                neighbours=self._no_neighbours(),
                seen=dict.fromkeys(reversed(history.seen)),
            )
            if self._builds.get(user_id) is task:
                self._kept[user_id] = profile
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
                known=profile.seen.keys() | profile.hidden.media_ids,
            )
        except FeedlensError as exc:
            # The next request builds it, and hears of the failure.
            _LOG.warning("the profile of a viewer could not be rebuilt: %s", exc.detail)

    def _no_neighbours(self) -> Neighbours:
        return Neighbours(
            self._store, self._now, self._parameters.neighbours_ttl_s, self._background
        )
