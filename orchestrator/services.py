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
from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable, StartupError
from orchestrator.extraction.extract import Extractor
from orchestrator.feed.calibration import FITTED_NAME, load_calibrations
from orchestrator.feed.cursor import CursorSigner, load_secret
from orchestrator.feed.feed import FeedRules, FeedService
from orchestrator.feed.listing import Lists
from orchestrator.feed.profiles import Profiles
from orchestrator.feed.ranking_thread import RankingThread
from orchestrator.feed.sessions import Sessions
from orchestrator.feed.sqlite_sessions import SqliteSessions
from orchestrator.inference.models import Fingerprints, Models, TritonModels
from orchestrator.inference.readiness import Readiness
from orchestrator.inference.triton import TritonAddress, TritonClient
from orchestrator.ingestion import Ingestion
from orchestrator.settings import Settings
from orchestrator.store.embedded import EmbeddedStore
from orchestrator.store.protocol import Store
from orchestrator.store.records import Schema
from ranking.rank import Ranking

_LOG = logging.getLogger(__name__)
_RETRY_S = 0.5


def utc_now() -> datetime:
    """The clock of the running service."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes are given."""

    settings: Settings
    fingerprints: Fingerprints
    readiness: Readiness
    admission: Admission
    extractor: Extractor
    ingestion: Ingestion
    store: Store
    profiles: Profiles
    feed: FeedService
    lists: Lists
    ranking_thread: RankingThread
    now: Callable[[], datetime] = utc_now

    async def close(self) -> None:
        """End what these parts run by themselves; the store and the sessions stay open."""
        await self.profiles.close()
        self.ranking_thread.close()


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
    extractor = Extractor(
        models,
        min_ocr_confidence=settings.min_ocr_confidence,
        cache_entries=settings.cache_entries,
    )
    rules = FeedRules(
        ranking=Ranking(
            calibrations=load_calibrations(
                settings.calibration_path,
                fingerprints.weights,
                fitted=settings.store_path / FITTED_NAME,
                fingerprints=schema_of(fingerprints).fingerprints,
                dimensions=schema_of(fingerprints).dimensions,
            ),
            weights=settings.weight_table,
            parameters=settings.signals,
            diversity=settings.diversity,
        ),
        parameters=settings.feed,
        duplicates=settings.duplicates,
    )
    thread = RankingThread()
    profiles = Profiles(store, settings.feed, settings.taste_parameters, now)
    return Services(
        settings=settings,
        fingerprints=fingerprints,
        readiness=Readiness(
            models,
            fingerprints,
            interval_s=settings.canary_interval_s,
            timeout_s=settings.canary_timeout_s,
        ),
        admission=Admission(settings.max_concurrent_extractions),
        extractor=extractor,
        ingestion=Ingestion(extractor, store),
        store=store,
        profiles=profiles,
        feed=FeedService(store, profiles, sessions, CursorSigner(secret), rules, now, thread),
        lists=Lists(store, rules.ranking, now, thread),
        ranking_thread=thread,
        now=now,
    )


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Connect to Triton, open the store; StartupError says what is missing."""
    async with AsyncExitStack() as opened:
        client = TritonClient(TritonAddress(settings.triton_url))
        opened.push_async_callback(client.close)
        models = TritonModels(client)
        fingerprints = await _wait_for_fingerprints(models, settings)
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


def schema_of(fingerprints: Fingerprints) -> Schema:
    """What a store of these models' vectors looks like."""
    visual, text = fingerprints.visual, fingerprints.text
    return Schema(
        fingerprints={"visual": visual.id, "text": text.id},
        dimensions={"visual": visual.dimension, "text": text.dimension},
    )


async def _wait_for_fingerprints(models: Models, settings: Settings) -> Fingerprints:
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
