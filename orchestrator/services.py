"""Everything the routes work with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from orchestrator.admission import Admission
from orchestrator.experiments.reading import Reports
from orchestrator.extraction.extract import Extractor
from orchestrator.feed.feed import FeedService
from orchestrator.feed.listing import Lists
from orchestrator.feed.profiles import Profiles
from orchestrator.generations.backfills import Backfills
from orchestrator.generations.connecting import Connections
from orchestrator.generations.following import Followers
from orchestrator.generations.generation import Generation, Shared
from orchestrator.generations.generations import Generations
from orchestrator.inference.models import Fingerprints, Models
from orchestrator.inference.readiness import Readiness
from orchestrator.ingestion import Ingestion
from orchestrator.legacy.side import LegacySide
from orchestrator.settings import Settings
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event
from orchestrator.thumbnails import Thumbnails


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes are given: what all generations share, and the one that answers."""

    settings: Settings
    admission: Admission
    shared: Shared
    generations: Generations
    connections: Connections
    backfills: Backfills
    followers: Followers
    generation: Generation

    def serving_now(self) -> Services:
        """The same with the generation that serves now, for one request from its start to its end.

        Models may change meanwhile, and vectors of different ones can't be compared.
        """
        active = self.generations.active
        return self if self.generation is active else replace(self, generation=active)

    @property
    def models(self) -> Models:
        """Those whose vectors are served."""
        return self.generation.models

    @property
    def fingerprints(self) -> Fingerprints:
        """Of the models whose vectors are served."""
        return self.generation.fingerprints

    @property
    def readiness(self) -> Readiness:
        """Whether these models answer."""
        return self.generation.readiness

    @property
    def extractor(self) -> Extractor:
        """Asks these models."""
        return self.generation.extractor

    @property
    def ingestion(self) -> Ingestion:
        """Stores uploads."""
        return self.generation.ingestion

    @property
    def thumbnails(self) -> Thumbnails:
        """Makes small pictures of posts."""
        return self.shared.thumbnails

    @property
    def store(self) -> Store:
        """Posts with the vectors of these models, and events."""
        return self.generation.store

    @property
    def profiles(self) -> Profiles:
        """Viewers' tastes in these vectors."""
        return self.generation.profiles

    @property
    def feed(self) -> FeedService:
        """Makes feeds."""
        return self.generation.feed

    @property
    def lists(self) -> Lists:
        """Ranks what callers bring."""
        return self.generation.lists

    @property
    def reports(self) -> Reports:
        """Say what came of an experiment."""
        return self.generation.reports

    @property
    def legacy(self) -> LegacySide | None:
        """The ViT-only system, where it is used."""
        return self.shared.legacy

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock."""
        return self.shared.now

    def note(self, events: Sequence[Event]) -> None:
        """Take in events that were recorded just now, whatever serves next."""
        for generation in self.generations:
            generation.profiles.note(events)

    def forget(self, user_ids: Collection[str]) -> None:
        """Read these viewers' events anew, whatever serves next."""
        for generation in self.generations:
            generation.profiles.forget(user_ids)

    async def close(self) -> None:
        """End what these parts run by themselves; the store and the sessions stay open."""
        await self.followers.close()
        await self.backfills.close()
        await self.connections.close()
        await self.generations.close()
        await self.shared.rollout.close()
        await self.shared.thumbnails.close()
        await self.shared.post_media.close()
        await self.shared.cache.close()
        self.shared.ranking_thread.close()
