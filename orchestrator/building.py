"""Puts the parts of the service together, of what was opened for them."""

import time
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial

from orchestrator.admission import Admission
from orchestrator.caching.open import open_cache
from orchestrator.feed.ranking_thread import RankingThread
from orchestrator.feed.sessions import Sessions
from orchestrator.frames.decoder import Decoder
from orchestrator.frames.process import ProcessDecoder
from orchestrator.frames.sampling import Sampling
from orchestrator.generations.backfills import Backfills
from orchestrator.generations.connecting import Connections
from orchestrator.generations.following import Followers
from orchestrator.generations.generation import Shared, build_generation
from orchestrator.generations.generations import Generations
from orchestrator.inference.models import Fingerprints, Models
from orchestrator.kept_uploads import KeptUploads
from orchestrator.legacy.side import LegacySide
from orchestrator.locks import Locks
from orchestrator.media.media import Media
from orchestrator.post_media import PostMedia
from orchestrator.rollout.flags_file import FlagsFile
from orchestrator.rollout.rollout import build_rollout
from orchestrator.services import Services
from orchestrator.settings import Settings
from orchestrator.store.open_store import OpenStore
from orchestrator.thumbnails import Thumbnails


def utc_now() -> datetime:
    """The clock of the running service."""
    return datetime.now(timezone.utc)


async def build_services(
    settings: Settings,
    models: Models,
    fingerprints: Fingerprints,
    store: OpenStore,
    sessions: Sessions,
    secret: bytes,
    now: Callable[[], datetime] = utc_now,
    legacy: LegacySide | None = None,
    decoder: Decoder | None = None,
) -> Services:
    """The services, the `legacy` system's too where it is used.

    `decoder` is one in a process of its own, where none is given.

    Raises StartupError where the store's active models are not to be had.
    """
    decoder = decoder or ProcessDecoder(settings.video, max_pictures_pixels=settings.max_pixels)
    shared = _shared(settings, sessions, secret, now, legacy, Sampling(decoder, settings.video))
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
    decoder: Decoder,
) -> Shared:
    url = settings.cache_url.get_secret_value() if settings.cache_url else None
    flags_file = FlagsFile(
        settings.flags_file,
        settings.flags,
        has_legacy=legacy is not None and legacy.parameters.read,
        clock_s=time.monotonic,
    )
    kept_uploads = KeptUploads(settings.uploads_path)
    media = Media(settings.media, settings.medium_limits)
    post_media = PostMedia(kept_uploads, media, settings.medium_limits)
    locks = Locks()
    return Shared(
        settings=settings,
        sessions=sessions,
        secret=secret,
        ranking_thread=RankingThread(),
        rollout=build_rollout(flags_file, settings.rollout),
        cache=open_cache(url, settings.cache, entries=settings.cache_entries),
        locks=locks,
        kept_uploads=kept_uploads,
        post_media=post_media,
        decoder=decoder,
        thumbnails=Thumbnails(decoder, post_media, kept_uploads, locks),
        now=now,
        legacy=legacy,
    )
