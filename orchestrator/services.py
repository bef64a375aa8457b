"""Everything the routes work with, opened once and closed in the reverse order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timezone

from orchestrator.admission import Admission
from orchestrator.caching.open import open_cache
from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable, StartupError
from orchestrator.experiments.reading import Reports
from orchestrator.extraction.extract import Extractor
from orchestrator.feed.cursor import load_secret
from orchestrator.feed.feed import FeedService
from orchestrator.feed.listing import Lists
from orchestrator.feed.profiles import Profiles
from orchestrator.feed.ranking_thread import RankingThread
from orchestrator.feed.sessions import Sessions
from orchestrator.feed.sqlite_sessions import SqliteSessions
from orchestrator.generations.generation import Generation, Shared, build_generation, schema_of
from orchestrator.inference.models import Fingerprints, Models, TritonModels
from orchestrator.inference.readiness import Readiness
from orchestrator.inference.triton import TritonAddress, TritonClient
from orchestrator.ingestion import Ingestion
from orchestrator.rollout.flags_file import FlagsFile
from orchestrator.rollout.rollout import build_rollout
from orchestrator.settings import Settings
from orchestrator.store.embedded import EmbeddedStore
from orchestrator.store.protocol import Store

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
    models: Models
    shared: Shared
    generation: Generation

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
    def now(self) -> Callable[[], datetime]:
        """The clock."""
        return self.shared.now

    async def close(self) -> None:
        """End what these parts run by themselves; the store and the sessions stay open."""
        await self.shared.rollout.close()
        await self.generation.close()
        await self.shared.cache.close()
        self.shared.ranking_thread.close()


def build_services(
    settings: Settings,
    models: Models,
    fingerprints: Fingerprints,
    store: Store,
    sessions: Sessions,
    secret: bytes,
    now: Callable[[], datetime] = utc_now,
) -> Services:
    """Put the parts together."""
    url = settings.cache_url.get_secret_value() if settings.cache_url else None
    cache = open_cache(url, settings.cache, entries=settings.cache_entries)
    flags_file = FlagsFile(
        settings.flags_file, settings.flags, has_legacy=False, clock_s=time.monotonic
    )
    rollout = build_rollout(flags_file, settings.rollout)
    shared = Shared(settings, sessions, secret, RankingThread(), rollout, cache, now)
    return Services(
        settings=settings,
        admission=Admission(settings.max_concurrent_extractions),
        models=models,
        shared=shared,
        generation=build_generation(shared, models, fingerprints, store),
    )


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Connect to Triton, open the store; StartupError says what is missing."""
    async with AsyncExitStack() as opened:
        client = TritonClient(TritonAddress(settings.triton_url))
        opened.push_async_callback(client.close)
        models = TritonModels(client)
        fingerprints = await wait_for_fingerprints(models, settings)
        store = EmbeddedStore(
            settings.store_path,
            schema_of(fingerprints),
            remembered_posts=settings.remembered_posts,
        )
        opened.push_async_callback(store.close)
        sessions = SqliteSessions(
            settings.store_path / "sessions.sqlite3",
            ttl_s=settings.feed.session_ttl_s,
            keep_days=settings.feed.seen_days,
            now=utc_now,
        )
        opened.push_async_callback(sessions.close)
        configured = settings.cursor_secret
        secret = load_secret(
            settings.store_path, configured.get_secret_value() if configured else None
        )
        services = build_services(settings, models, fingerprints, store, sessions, secret)
        opened.push_async_callback(services.close)
        yield services


async def wait_for_fingerprints(models: Models, settings: Settings) -> Fingerprints:
    """Dimensions and fingerprints, from the serving side, as soon as it is there."""
    give_up_at_s = time.monotonic() + settings.startup_timeout_s
    told = False
    while True:
        try:
            return await models.fingerprints(Deadline.after(settings.canary_timeout_s))
        except InferenceUnavailable as exc:
            if time.monotonic() >= give_up_at_s:
                raise StartupError(
                    f"{exc.detail}; start it with `python -m serving`, or name its gRPC address "
                    "with FEEDLENS_TRITON_URL"
                ) from exc
            if not told:
                _LOG.warning("waiting for Triton: %s", exc.detail)
                told = True
            await asyncio.sleep(_RETRY_S)
