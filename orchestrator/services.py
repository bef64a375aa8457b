"""Everything the routes work with."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial

from orchestrator.admission import Admission
from orchestrator.caching.open import open_cache
from orchestrator.experiments.reading import Reports
from orchestrator.extraction.extract import Extractor
from orchestrator.feed.feed import FeedService
from orchestrator.feed.listing import Lists
from orchestrator.feed.profiles import Profiles
from orchestrator.feed.ranking_thread import RankingThread
from orchestrator.feed.sessions import Sessions
from orchestrator.generations.backfills import Backfills
from orchestrator.generations.connecting import Connections
from orchestrator.generations.following import Followers
from orchestrator.generations.generation import Generation, Shared, build_generation
from orchestrator.generations.generations import Generations
from orchestrator.generations.post_media import PostMedia
from orchestrator.inference.models import Fingerprints, Models
from orchestrator.inference.readiness import Readiness
from orchestrator.ingestion import Ingestion
from orchestrator.kept_uploads import KeptUploads
from orchestrator.legacy.side import LegacySide
from orchestrator.locks import Locks
from orchestrator.migration.media import Media
from orchestrator.rollout.flags_file import FlagsFile
from orchestrator.rollout.rollout import build_rollout
from orchestrator.settings import Settings
from orchestrator.store.open_store import OpenStore
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event

_LOG = logging.getLogger(__name__)
_RETRY_S = 0.5


def utc_now() -> datetime:
    """The clock of the running service."""
    return datetime.now(timezone.utc)


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
        await self.shared.post_media.close()
        await self.shared.cache.close()
        self.shared.ranking_thread.close()


async def build_services(
    settings: Settings,
    models: Models,
    fingerprints: Fingerprints,
    store: OpenStore,
    sessions: Sessions,
    secret: bytes,
    now: Callable[[], datetime] = utc_now,
    legacy: LegacySide | None = None,
) -> Services:
    """Put the parts together, the `legacy` system's too where it is used.

    Raises StartupError where the store's active models are not to be had.
    """
    shared = _shared(settings, sessions, secret, now, legacy)
    generations = Generations(store, partial(build_generation, shared))
    await generations.connect(models, fingerprints)
    connections = Connections(generations, timeout_s=settings.canary_timeout_s)
    if settings.next_triton_url is not None:
        await connections.connect_next(settings.next_triton_url, wait_s=settings.startup_timeout_s)
    await generations.refresh()
    generations.watch()
    return Services(
        settings=settings,
        admission=Admission(settings.max_concurrent_extractions),
        shared=shared,
        generations=generations,
        connections=connections,
        backfills=Backfills(generations, settings.store_path),
        followers=Followers(lambda: [generation.filler for generation in generations.beside]),
        generation=generations.active,
    )


def _shared(
    settings: Settings,
    sessions: Sessions,
    secret: bytes,
    now: Callable[[], datetime],
    legacy: LegacySide | None,
) -> Shared:
    url = settings.cache_url.get_secret_value() if settings.cache_url else None
    flags_file = FlagsFile(
        settings.flags_file,
        settings.flags,
        has_legacy=legacy is not None and legacy.parameters.read,
        clock_s=time.monotonic,
    )
    kept_uploads = KeptUploads(settings.uploads_path)
    media = Media(settings.media, max_pixels=settings.max_pixels)
    return Shared(
        settings=settings,
        sessions=sessions,
        secret=secret,
        ranking_thread=RankingThread(),
        rollout=build_rollout(flags_file, settings.rollout),
        cache=open_cache(url, settings.cache, entries=settings.cache_entries),
        locks=Locks(),
        kept_uploads=kept_uploads,
        post_media=PostMedia(kept_uploads, media, max_pixels=settings.max_pixels),
        now=now,
        legacy=legacy,
    )
