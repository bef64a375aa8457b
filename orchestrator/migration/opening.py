"""What a migration works with, opened as settings and options say."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from orchestrator.caching.process_cache import ProcessCache
from orchestrator.errors import StartupError
from orchestrator.extraction.extract import Extractor
from orchestrator.extraction.memos import Memos
from orchestrator.frames.process import ProcessDecoder
from orchestrator.frames.sampling import Sampling
from orchestrator.inference.models import TritonModels
from orchestrator.inference.readiness import Readiness
from orchestrator.inference.triton import TritonAddress, TritonClient
from orchestrator.media.media import Media
from orchestrator.migration.legacy_job import Known
from orchestrator.migration.legacy_posts import Uploads
from orchestrator.migration.places import Places
from orchestrator.migration.service_target import ServiceTarget
from orchestrator.migration.target import StoreTarget, Target
from orchestrator.opening.services import wait_for_fingerprints
from orchestrator.schema import schema_of
from orchestrator.settings import Settings
from orchestrator.store.protocol import LegacyStore

_SERVICE_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything opened; there is no `target` in a dry run, which writes nothing."""

    legacy: LegacyStore
    known: Known
    target: Target | None
    media: Media
    uploads: Uploads

    async def is_well(self) -> bool:
        """Whether models and store answer; without them, nobody can tell."""
        return self.target is not None and await self.target.is_well()


@asynccontextmanager
async def open_parts(
    settings: Settings, *, service: str | None, dry_run: bool
) -> AsyncIterator[Parts]:
    """Raises StartupError, which says what is missing or in the way."""
    folder = settings.media.folder
    if folder is not None and not folder.is_dir():
        raise StartupError(f"FEEDLENS_MEDIA__FOLDER: there is no folder {folder}")
    async with AsyncExitStack() as opened:
        media = Media(settings.media, settings.medium_limits)
        opened.push_async_callback(media.close)
        places = Places(settings, opened)
        target: Target | None = None
        if service:
            target = await _service(opened, service)
        elif not dry_run:
            target = await _direct(opened, settings, places)
        yield Parts(
            legacy=await places.legacy(),
            known=target.known if target else places.known,
            target=None if dry_run else target,
            media=media,
            uploads=Uploads(
                settings.max_caption_chars,
                lambda: datetime.now(timezone.utc) + timedelta(seconds=settings.clock_skew_s),
            ),
        )


async def _service(opened: AsyncExitStack, url: str) -> ServiceTarget:
    target = ServiceTarget.at(url, timeout_s=_SERVICE_TIMEOUT_S)
    opened.push_async_callback(target.close)
    await target.greet()
    return target


async def _direct(opened: AsyncExitStack, settings: Settings, places: Places) -> StoreTarget:
    client = TritonClient(TritonAddress(settings.triton_url))
    opened.push_async_callback(client.close)
    models = TritonModels(client)
    fingerprints = await wait_for_fingerprints(models, settings)
    target = StoreTarget(
        # What was said of a picture is asked again by --verify, and not remembered.
        Extractor(
            models,
            Memos(ProcessCache(0), settings.cache),
            Sampling(
                ProcessDecoder(settings.video, max_pictures_pixels=settings.max_pixels),
                settings.video,
            ),
            min_ocr_confidence=settings.min_ocr_confidence,
        ),
        Readiness(
            models,
            fingerprints,
            interval_s=settings.canary_interval_s,
            timeout_s=settings.canary_timeout_s,
        ),
        await places.store(schema_of(fingerprints)),
        settings.time_limits,
    )
    opened.push_async_callback(target.close)
    return target
