"""Two generations of vectors in one real collection, with made models."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from orchestrator.extraction.extract import Extractor
from orchestrator.generations.filling import Filler
from orchestrator.kept_uploads import KeptUploads
from orchestrator.locks import Locks
from orchestrator.media.media import Media
from orchestrator.media.parameters import MediaParameters
from orchestrator.post_media import PostMedia
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.events import EVENT_INDEXES, EventLog
from orchestrator.store.generations import View
from orchestrator.store.records import Schema
from orchestrator.store.store import POST_INDEXES, PointStore
from orchestrator.time_limits import TimeLimits
from tests.orchestrator.store.conformance import SCHEMA
from tests.support.caching import make_memos
from tests.support.fake_decoder import FakeDecoder
from tests.support.fake_models import FINGERPRINTS, FakeModels
from tests.support.limits import LIMITS

NEXT_FINGERPRINTS = replace(
    FINGERPRINTS,
    visual=replace(FINGERPRINTS.visual, id="clip@2"),
    text=replace(FINGERPRINTS.text, id="mpnet@2"),
)
NEXT_SCHEMA = Schema({"visual": "clip@2", "text": "mpnet@2"}, SCHEMA.dimensions)


@dataclass(frozen=True)
class Two:
    """The store that serves, the one beside it, and what fills that."""

    serving: PointStore
    beside: PointStore
    filler: Filler
    models: FakeModels
    kept: KeptUploads
    folder: Path


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    """Both, with nothing in them."""
    dimensions = {"visual": 4, "text": 3, "visual_2": 4, "text_2": 3}
    posts = EmbeddedCollection(tmp_path / "posts", dimensions, POST_INDEXES)
    events = EmbeddedCollection(tmp_path / "events", {}, EVENT_INDEXES)
    log = EventLog(events)
    serving = PointStore(posts, log, View(SCHEMA, {"visual": "visual", "text": "text"}))
    beside = PointStore(posts, log, View(NEXT_SCHEMA, {"visual": "visual_2", "text": "text_2"}))
    models = FakeModels(fingerprints_now=NEXT_FINGERPRINTS)
    kept = KeptUploads(tmp_path / "kept")
    media = Media(MediaParameters(folder=tmp_path), LIMITS)
    filler = Filler(
        extractor=Extractor(models, make_memos(), FakeDecoder(), min_ocr_confidence=0.5),
        store=beside,
        media=PostMedia(kept, media, LIMITS),
        locks=Locks(),
        limits=TimeLimits(5.0, 5.0),
    )
    yield Two(serving, beside, filler, models, kept, tmp_path)
    await media.close()
    await posts.close()
    await events.close()
