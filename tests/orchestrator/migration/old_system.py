"""What a ViT-only system leaves behind: its collection, and a folder of media."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from orchestrator.caching.parameters import CacheParameters
from orchestrator.caching.process_cache import ProcessCache
from orchestrator.extraction.extract import Extractor
from orchestrator.extraction.memos import Memos
from orchestrator.inference.readiness import Readiness
from orchestrator.media.media import Media
from orchestrator.media.parameters import MediaParameters
from orchestrator.migration.legacy_job import LegacyJob, Migrate
from orchestrator.migration.legacy_posts import LegacySource, Uploads
from orchestrator.migration.target import StoreTarget
from orchestrator.runs.outcome import Outcome
from orchestrator.runs.patience import Patience
from orchestrator.runs.pipeline import Pipeline
from orchestrator.schema import schema_of
from orchestrator.store.collection import Point
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.legacy.payloads import LegacyKeys
from orchestrator.store.legacy.points import UNNAMED
from orchestrator.store.legacy.posts import LEGACY_POSTS, LegacyPosts
from orchestrator.time_limits import TimeLimits
from tests.orchestrator.store.conformance import unit
from tests.support.fake_decoder import FakeDecoder
from tests.support.fake_models import FINGERPRINTS, FakeModels
from tests.support.limits import LIMITS
from tests.support.pictures import encoded, noise

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=timezone.utc)
VECTOR = unit(1, 0, 0, 0, 0)
DIMENSION = 5


def picture(number: int) -> bytes:
    """A picture that no other number has."""
    return encoded(noise(48, 48, seed=number), "PNG")


def payload(number: int, **changes: Any) -> dict[str, Any]:
    """As the old system wrote it, of a picture in the folder; None leaves a key out."""
    whole = {
        "mediaId": f"m{number}",
        "userId": "ann",
        "url": f"{number}.png",
        "caption": f"Picture {number}",
        "createdAt": "2024-05-06T12:00:00Z",
        "likes": number,
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


@dataclass
class OldSystem:
    """`collection` has numbered points; `media` their pictures."""

    collection: EmbeddedCollection
    legacy: LegacyPosts
    media: Path

    async def add(self, number: int, **changes: Any) -> None:
        """A point, and the picture that it names."""
        (self.media / f"{number}.png").write_bytes(picture(number))
        await self.put(number, **changes)

    async def put(self, number: int, **changes: Any) -> None:
        """A point alone."""
        await self.collection.put(
            [Point(str(number), payload(number, **changes), {UNNAMED: VECTOR})]
        )


@asynccontextmanager
async def open_old_system(folder: Path) -> AsyncIterator[OldSystem]:
    """The collection stands in `folder` / "store", the media in `folder` / "media"."""
    media = folder / "media"
    media.mkdir(exist_ok=True)
    collection = EmbeddedCollection(folder / "store" / LEGACY_POSTS, {UNNAMED: DIMENSION}, {})
    try:
        yield OldSystem(collection, LegacyPosts(collection, LegacyKeys(), DIMENSION), media)
    finally:
        await collection.close()


@dataclass
class Migration:
    """Everything that a migration of `old` into `store` works with, models made."""

    old: OldSystem
    store: EmbeddedStore
    models: FakeModels
    target: StoreTarget
    media: Media
    source: LegacySource
    uploads: Uploads
    patience: Patience

    async def run(self, *, workers: int = 3, limit: int | None = None) -> dict[str, Outcome]:
        """Migrate, and answer the outcomes by point id."""
        told: list[Outcome] = []
        job = LegacyJob(
            self.target.known, Migrate(self.source, self.media, self.uploads, self.target)
        )
        await Pipeline(
            self.source, job, told.append, workers=workers, patience=self.patience, limit=limit
        ).run()
        assert len({outcome.point_id for outcome in told}) == len(told)
        return {outcome.point_id: outcome for outcome in told}


@asynccontextmanager
async def open_migration(folder: Path) -> AsyncIterator[Migration]:
    """Of the old system in `folder`, into a store beside it."""
    async with open_old_system(folder) as old:
        store = EmbeddedStore(folder / "store", schema_of(FINGERPRINTS))
        models = FakeModels()
        memos = Memos(ProcessCache(0), CacheParameters())
        extractor = Extractor(models, memos, FakeDecoder(), min_ocr_confidence=0.5)
        readiness = Readiness(models, FINGERPRINTS, interval_s=0, timeout_s=5)
        target = StoreTarget(extractor, readiness, store, TimeLimits(5, 5))
        media = Media(MediaParameters(folder=old.media), LIMITS)
        try:
            yield Migration(
                old,
                store,
                models,
                target,
                media,
                LegacySource(old.legacy),
                Uploads(max_caption_chars=100, latest=lambda: NOW),
                Patience(0, target.is_well),
            )
        finally:
            await media.close()
            await store.close()
