"""A viewer's profile, and how it is read: from the store, or from what another process made."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from orchestrator.background import Background
from orchestrator.feed.history import read_taste
from orchestrator.feed.known import Known, read_known
from orchestrator.feed.neighbours import Neighbours
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.taste_blob import KeptTaste
from orchestrator.feed.tastes import Tastes
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.store.protocol import Store
from ranking.types import Viewer
from ranking.viewer import TasteParameters


@dataclass(frozen=True, slots=True)
class Profile:
    """A viewer's taste, made of `events` events, and what they know already; good for `ttl_s`."""

    viewer: Viewer
    known: Known
    events: int
    built_at: datetime
    neighbours: Neighbours
    ttl_s: float


@dataclass(frozen=True, slots=True)
class ProfileReader:
    """Reads profiles; `tastes` are shared with other processes.

    With `legacy`, tastes are of that collection's vectors too. `background` runs the searches
    that freshen a profile's neighbours.
    """

    store: Store
    parameters: FeedParameters
    taste: TasteParameters
    now: Callable[[], datetime]
    tastes: Tastes
    background: Background
    legacy: Unmigrated | None = None

    async def read(self, user_id: str, known: Known | None, former: Profile | None) -> Profile:
        """A viewer's profile; StoreUnavailable.

        What is `known` is not read again, nor the taste where a `former` profile has it.
        """
        now = self.now()
        if known is None:
            known = await read_known(self.store, user_id, now=now, parameters=self.parameters)
        if former is not None:
            return replace(former, known=known)
        taste, ttl_s = await self._taste_of(user_id, now)
        return self.with_taste(taste, known, ttl_s=ttl_s)

    def with_taste(self, taste: KeptTaste, known: Known, *, ttl_s: float | None = None) -> Profile:
        """The profile of a taste; its neighbours are not looked for yet."""
        neighbours = Neighbours(
            self.store, self.now, self.parameters.neighbours_ttl_s, self.background, self.legacy
        )
        if ttl_s is None:
            ttl_s = self.parameters.profile_ttl_s
        return Profile(taste.viewer, known, taste.events, taste.built_at, neighbours, ttl_s)

    async def _taste_of(self, user_id: str, now: datetime) -> tuple[KeptTaste, float]:
        """The taste that another process built, or one built now; and how long it is good for."""
        version = self.tastes.version_of(user_id)
        taste = await self.tastes.find(user_id, version)
        if taste is not None:
            return taste, self.parameters.profile_ttl_s
        read = await read_taste(
            self.store,
            user_id,
            now=now,
            parameters=self.parameters,
            taste=self.taste,
            legacy=self.legacy,
        )
        taste = KeptTaste(read.viewer, read.events, self.now())
        if read.is_passing:
            # Soon another one is made of the migrated posts: it is kept from nobody.
            return taste, min(
                self.parameters.migrating_profile_ttl_s, self.parameters.profile_ttl_s
            )
        await self.tastes.keep(user_id, version, taste)
        return taste, self.parameters.profile_ttl_s
