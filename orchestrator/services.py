"""Everything the routes work with, opened once and closed in the reverse order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial

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
from orchestrator.generations.backfills import Backfills
from orchestrator.generations.connecting import Connections
from orchestrator.generations.following import Followers
from orchestrator.generations.generation import Generation, Shared, build_generation, schema_of
from orchestrator.generations.generations import Generations
from orchestrator.generations.post_media import PostMedia
from orchestrator.inference.models import Fingerprints, Models, TritonModels
from orchestrator.inference.readiness import Readiness
from orchestrator.inference.triton import TritonAddress, TritonClient
from orchestrator.ingestion import Ingestion
from orchestrator.kept_uploads import KeptUploads
from orchestrator.legacy.opening import open_legacy
from orchestrator.legacy.side import LegacySide
from orchestrator.locks import Locks
from orchestrator.migration.media import Media
from orchestrator.rollout.flags_file import FlagsFile
from orchestrator.rollout.rollout import build_rollout
from orchestrator.settings import Settings
from orchestrator.store.embedded import open_embedded
from orchestrator.store.open_store import OpenStore
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event, Schema
from orchestrator.store.served import open_served

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
        await _connect_next(settings.next_triton_url, connections, generations, settings)
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


async def _connect_next(
    triton_url: str, connections: Connections, generations: Generations, settings: Settings
) -> None:
    """Wait for the next models only where they are those that are to serve."""
    give_up_at_s = time.monotonic() + settings.startup_timeout_s
    while True:
        try:
            await connections.connect(triton_url)
        except InferenceUnavailable:
            if await generations.can_serve() or time.monotonic() >= give_up_at_s:
                connections.keep_trying(triton_url)
                return
            await asyncio.sleep(_RETRY_S)
        else:
            return


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Connect to Triton, open the store; StartupError says what is missing."""
    async with AsyncExitStack() as opened:
        client = TritonClient(TritonAddress(settings.triton_url))
        opened.push_async_callback(client.close)
        models = TritonModels(client)
        fingerprints = await wait_for_fingerprints(models, settings)
        store = await open_store(settings, schema_of(fingerprints))
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
        legacy = await open_legacy(settings, models, opened)
        services = await build_services(
            settings, models, fingerprints, store, sessions, secret, legacy=legacy
        )
        opened.push_async_callback(services.close)
        yield services


async def open_store(settings: Settings, schema: Schema) -> OpenStore:
    """The store that the settings name: on a Qdrant server, or embedded."""
    if settings.qdrant_url is None:
        return open_embedded(
            settings.store_path, schema, remembered_posts=settings.remembered_posts
        )
    try:
        # Sessions and secrets lie here all the same.
        settings.store_path.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StartupError(f"{settings.store_path} can't be made: {exc.strerror}") from exc
    return await open_served(settings.qdrant_url, schema, settings.qdrant)


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
