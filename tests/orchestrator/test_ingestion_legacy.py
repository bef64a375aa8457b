"""Uploads into both collections: whatever fails, the same upload repairs."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable, StoreUnavailable, UndecodableMedia
from orchestrator.extraction.extract import Extractor
from orchestrator.inference.models import Vector
from orchestrator.ingestion import Ingestion
from orchestrator.kept_uploads import KeptUploads
from orchestrator.legacy.mirror import Mirror
from orchestrator.legacy.parameters import LegacyParameters
from orchestrator.legacy.side import LegacySide
from orchestrator.locks import Locks
from orchestrator.schema import schema_of
from orchestrator.store.collection import Point
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.legacy.payloads import LegacyKeys
from orchestrator.store.legacy.points import UNNAMED
from tests.orchestrator.test_ingestion import UPLOAD, publish
from tests.support.caching import make_memos
from tests.support.fake_decoder import FakeDecoder, made_video
from tests.support.fake_models import FINGERPRINTS, LEGACY_FINGERPRINT, FakeModels, MeetingModels
from tests.support.old_collection import DIMENSION, NORTH, OldCollection


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path, schema_of(FINGERPRINTS))
    yield opened
    await opened.close()


@pytest.fixture
def models() -> FakeModels:
    return FakeModels()


def ingestion_of(
    models: FakeModels,
    store: EmbeddedStore,
    old: OldCollection,
    *,
    write: bool = True,
    write_timeout_s: float = 60.0,
) -> Ingestion:
    extractor = Extractor(models, make_memos(0), FakeDecoder(), min_ocr_confidence=0.5)
    parameters = LegacyParameters(write=write, write_timeout_s=write_timeout_s)
    side = LegacySide(old, models, LEGACY_FINGERPRINT, parameters)
    return Ingestion(extractor, store, Locks(), KeptUploads(None), Mirror(side))


@pytest.fixture
def ingestion(models: FakeModels, store: EmbeddedStore, old: OldCollection) -> Ingestion:
    return ingestion_of(models, store, old)


async def test_the_old_model_is_asked_beside_the_others(
    store: EmbeddedStore, old: OldCollection
) -> None:
    ingestion = ingestion_of(MeetingModels("embed_legacy", "read_text"), store, old)
    post, created = await asyncio.wait_for(publish(ingestion), timeout=10)
    assert (created, post.degraded, await old.count()) == (True, (), 1)


@pytest.mark.parametrize("failing", ["the model", "the collection"])
async def test_what_could_not_be_written_is_named_and_repaired(
    ingestion: Ingestion,
    models: FakeModels,
    store: EmbeddedStore,
    old: OldCollection,
    failing: str,
) -> None:
    if failing == "the model":
        models.fail("embed_legacy")
    old.is_away = failing == "the collection"
    post, created = await publish(ingestion)
    assert (created, post.degraded, post.ocr_text) == (True, ("legacy",), "MEOW MEOW MEOW")
    assert (await store.get_posts(["m1"]))["m1"].degraded == ("legacy",)
    still, _ = await publish(ingestion)
    assert still.degraded == ("legacy",)

    models.failing.clear()
    models.calls.clear()
    old.is_away = False
    healed, created = await publish(ingestion, replace(UPLOAD, likes=99))
    assert (created, healed.degraded, healed.likes) == (False, (), 3)
    assert models.calls == ["embed_legacy"]
    (stored,) = (await store.get_posts(["m1"], with_vectors=True)).values()
    assert (stored.degraded, stored.visual is not None) == ((), True)
    assert (await old.get(["m1"]))["m1"].likes == 3


async def test_other_repairs_go_on_beside(
    ingestion: Ingestion, models: FakeModels, old: OldCollection
) -> None:
    models.fail("embed_legacy", "read_text")
    post, _ = await publish(ingestion)
    assert post.degraded == ("ocr", "legacy")
    models.failing.clear()
    models.fail("embed_legacy")
    post, _ = await publish(ingestion)
    assert (post.degraded, post.ocr_text) == (("legacy",), "MEOW MEOW MEOW")
    models.failing.clear()
    models.fail("read_text")
    post, _ = await publish(ingestion)
    assert (post.degraded, await old.count()) == ((), 1)


async def test_with_the_old_model_alone_a_post_is_stored_to_be_analysed_later(
    ingestion: Ingestion, models: FakeModels, store: EmbeddedStore, old: OldCollection
) -> None:
    models.fail("embed_image", "embed_caption", "embed_text", "read_text", "preprocess")
    post, created = await publish(ingestion)
    assert created is True
    assert post.degraded == ("visual", "ocr", "text", "perceptual_hash", "alignment")
    assert (post.content_type, await old.count()) == ("mixed", 1)
    models.failing.clear()
    healed, created = await publish(ingestion)
    assert (created, healed.degraded, healed.content_type) == (False, (), "meme")
    (stored,) = (await store.get_posts(["m1"], with_vectors=True)).values()
    assert stored.visual is not None


async def test_with_no_model_at_all_nothing_is_stored(
    ingestion: Ingestion, models: FakeModels, store: EmbeddedStore, old: OldCollection
) -> None:
    models.fail("embed_image", "embed_text", "embed_legacy")
    with pytest.raises(InferenceUnavailable):
        await publish(ingestion)
    assert (await store.count_posts(), await old.count()) == (0, 0)


async def test_a_picture_that_can_not_be_decoded_is_in_neither(
    ingestion: Ingestion, models: FakeModels, store: EmbeddedStore, old: OldCollection
) -> None:
    models.failing["embed_legacy"] = UndecodableMedia("truncated")
    with pytest.raises(UndecodableMedia):
        await publish(ingestion)
    assert (await store.count_posts(), await old.count()) == (0, 0)


@pytest.fixture
async def points(tmp_path: Path) -> AsyncIterator[EmbeddedCollection]:
    opened = EmbeddedCollection(tmp_path / "points", {UNNAMED: DIMENSION}, {})
    yield opened
    await opened.close()


async def write(points: EmbeddedCollection, *rows: dict[str, object]) -> list[object]:
    """Points as the old system wrote them; answers them as they are stored."""
    await points.put(
        [Point(str(number), row, {UNNAMED: NORTH}) for number, row in enumerate(rows, 1)]
    )
    return await stored_in(points)


async def stored_in(points: EmbeddedCollection) -> list[object]:
    found, _ = await points.scan(None, limit=10, vectors=[UNNAMED])
    return [(each.id, each.payload, each.vectors[UNNAMED].tolist()) for each in found]


NUMBERED = {"media_id": "m1", "created_at": 1714996800000, "likes": ["bob", "eve"]}


@pytest.mark.parametrize(
    "rows",
    [
        [NUMBERED],
        [{"mediaId": "m1", "createdAt": "yesterday"}],
        [NUMBERED, {"mediaId": "m1", "userId": "ann", "caption": "Another post of that id"}],
    ],
)
async def test_what_the_old_system_wrote_stays_as_it_is(
    models: FakeModels,
    store: EmbeddedStore,
    points: EmbeddedCollection,
    rows: list[dict[str, object]],
) -> None:
    before = await write(points, *rows)
    old = OldCollection(points, LegacyKeys(), DIMENSION)
    ingestion = ingestion_of(models, store, old)
    post, created = await publish(ingestion)
    assert (created, post.degraded, "embed_legacy" in models.calls) == (True, (), False)
    assert await stored_in(points) == before
    await publish(ingestion)
    assert await stored_in(points) == before


async def test_a_repair_leaves_it_too(
    models: FakeModels, store: EmbeddedStore, points: EmbeddedCollection
) -> None:
    before = await write(points, NUMBERED)
    old = OldCollection(points, LegacyKeys(), DIMENSION)
    old.is_away = True
    ingestion = ingestion_of(models, store, old)
    post, _ = await publish(ingestion)
    assert post.degraded == ("legacy",)
    old.is_away = False
    post, _ = await publish(ingestion)
    assert (post.degraded, "embed_legacy" in models.calls) == ((), False)
    assert (await store.get_posts(["m1"]))["m1"].degraded == ()
    assert await stored_in(points) == before


async def test_but_writes_what_an_upload_left_half_written(
    ingestion: Ingestion, store: EmbeddedStore, old: OldCollection
) -> None:
    await publish(ingestion)
    await store.change_post("m1", {"likes": 7, "degraded": ["legacy"]})
    post, _ = await publish(ingestion)
    assert (post.degraded, (await old.get(["m1"]))["m1"].likes) == ((), 7)


@pytest.mark.parametrize("hanging", ["owners", "put"])
async def test_an_upload_does_not_wait_for_a_collection_that_hangs(
    models: FakeModels, store: EmbeddedStore, old: OldCollection, hanging: str
) -> None:
    old.hanging = hanging
    ingestion = ingestion_of(models, store, old, write_timeout_s=0.05)
    post, created = await asyncio.wait_for(publish(ingestion), timeout=10)
    assert (created, post.degraded) == (True, ("legacy",))
    old.hanging = ""
    post, _ = await publish(ingestion_of(models, store, old))
    assert (post.degraded, await old.count()) == ((), 1)


async def test_once_the_old_system_is_off_nothing_is_missing(
    models: FakeModels, store: EmbeddedStore, old: OldCollection
) -> None:
    models.fail("embed_legacy", "read_text")
    await publish(ingestion_of(models, store, old))
    models.failing.clear()
    post, _ = await publish(ingestion_of(models, store, old, write=False))
    assert (post.degraded, await old.count()) == ((), 0)


async def test_a_deletion_that_fails_half_way_is_repeated(
    ingestion: Ingestion, store: EmbeddedStore, old: OldCollection
) -> None:
    await publish(ingestion)
    old.is_away = True
    with pytest.raises(StoreUnavailable):
        await ingestion.delete("m1")
    assert await store.count_posts() == 1
    old.is_away = False
    assert await ingestion.delete("m1") is True
    assert await ingestion.delete("m1") is False
    assert (await store.count_posts(), await old.count()) == (0, 0)


async def test_a_video_is_there_by_its_representative_frame(
    models: FakeModels, store: EmbeddedStore, old: OldCollection
) -> None:
    seen: list[bytes] = []

    class Watched(FakeModels):
        async def embed_legacy(self, image: bytes, deadline: Deadline) -> Vector:
            seen.append(image)
            return await super().embed_legacy(image, deadline)

    ingestion = ingestion_of(Watched(), store, old)
    post, _ = await publish(ingestion, replace(UPLOAD, medium=made_video()))
    assert (post.media_type, post.degraded, await old.count()) == ("video", (), 1)
    assert seen == [b"frame at 1.5"]


async def test_a_video_of_which_the_legacy_model_alone_answers_is_not_analysed(
    ingestion: Ingestion, models: FakeModels
) -> None:
    models.fail("fingerprints", "preprocess")
    video = replace(UPLOAD, medium=made_video())
    post, _ = await publish(ingestion, video)
    assert (post.media_type, post.duration_s, post.frame_times_s) == ("video", None, ())
    assert {"visual", "ocr", "text", "alignment", "perceptual_hash"} <= set(post.degraded)
    models.failing.clear()
    post, _ = await publish(ingestion, video)
    assert (post.degraded, post.duration_s) == ((), 3.0)
