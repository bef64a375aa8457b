import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from orchestrator.content.picture import Picture
from orchestrator.deadline import Deadline
from orchestrator.errors import (
    Conflict,
    FingerprintMismatch,
    InferenceUnavailable,
    InvalidRequest,
    StoreUnavailable,
    Unavailable,
    UndecodableMedia,
)
from orchestrator.extraction.extract import Extractor
from orchestrator.ingestion import Ingestion
from orchestrator.kept_uploads import KeptUploads
from orchestrator.locks import Locks
from orchestrator.schema import schema_of
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.records import StoredPost
from orchestrator.upload import Upload
from tests.support.caching import make_memos
from tests.support.fake_decoder import FakeDecoder, made_video
from tests.support.fake_models import FINGERPRINTS, PERCEPTUAL_HASH, FakeModels, MeetingModels

UPLOAD = Upload(
    media_id="m1",
    author_id="ann",
    medium=Picture(b"bytes", "sha256:1", width=100, height=80),
    caption="A cat",
    created_at=datetime(2026, 11, 1, tzinfo=timezone.utc),
    likes=3,
    comments=1,
)


class FullStore(EmbeddedStore):
    """A store that takes no post while it is full."""

    is_full = False

    async def put_posts(self, posts: Sequence[StoredPost], *, only_new: bool = False) -> int:
        """See `Store`."""
        if self.is_full:
            raise StoreUnavailable("no room")
        return await super().put_posts(posts, only_new=only_new)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path, schema_of(FINGERPRINTS))
    yield opened
    await opened.close()


@pytest.fixture
def models() -> FakeModels:
    return FakeModels()


@pytest.fixture
def ingestion(models: FakeModels, store: EmbeddedStore) -> Ingestion:
    extractor = Extractor(models, make_memos(0), FakeDecoder(), min_ocr_confidence=0.5)
    return Ingestion(extractor, store, Locks(), KeptUploads(None))


async def publish(ingestion: Ingestion, upload: Upload = UPLOAD) -> tuple[StoredPost, bool]:
    return await ingestion.publish(upload, Deadline.after(5))


async def test_a_new_upload_is_stored(ingestion: Ingestion, store: EmbeddedStore) -> None:
    post, created = await publish(ingestion)
    assert created is True
    (stored,) = (await store.get_posts(["m1"], with_vectors=True)).values()
    assert replace(stored, visual=None, text=None) == replace(post, visual=None, text=None)
    assert (stored.ocr_text, stored.content_type, stored.likes) == ("MEOW MEOW MEOW", "meme", 3)
    assert stored.model_fingerprint == {"visual": "clip@1", "text": "mpnet@1"}
    assert stored.perceptual_hash == PERCEPTUAL_HASH


async def test_a_post_without_a_picture_has_no_hash(
    ingestion: Ingestion, models: FakeModels
) -> None:
    post, _ = await publish(ingestion, replace(UPLOAD, medium=None))
    assert (post.perceptual_hash, post.degraded) == (None, ())
    assert "preprocess" not in models.calls


async def test_the_hash_is_made_beside_the_extraction(store: EmbeddedStore) -> None:
    models = MeetingModels("preprocess", "read_text")
    extractor = Extractor(models, make_memos(0), FakeDecoder(), min_ocr_confidence=0.5)
    post, _ = await asyncio.wait_for(
        publish(Ingestion(extractor, store, Locks(), KeptUploads(None))), timeout=10
    )
    assert (post.ocr_text, post.perceptual_hash) == ("MEOW MEOW MEOW", PERCEPTUAL_HASH)


@pytest.mark.parametrize(
    ("failing", "degraded"),
    [
        (["preprocess"], ("perceptual_hash",)),
        (["preprocess", "read_text"], ("ocr", "perceptual_hash")),
    ],
)
async def test_a_hash_that_could_not_be_had_is_had_by_the_same_upload_later(
    ingestion: Ingestion,
    models: FakeModels,
    store: EmbeddedStore,
    failing: list[str],
    degraded: tuple[str, ...],
) -> None:
    models.fail(*failing)
    post, created = await publish(ingestion)
    assert (created, post.degraded, post.perceptual_hash) == (True, degraded, None)
    models.failing.clear()
    healed, created = await publish(ingestion, replace(UPLOAD, likes=99))
    assert (created, healed.degraded, healed.perceptual_hash) == (False, (), PERCEPTUAL_HASH)
    assert (await store.get_posts(["m1"]))["m1"] == replace(healed, visual=None, text=None)


async def test_a_picture_that_can_not_be_decoded_is_not_stored(
    ingestion: Ingestion, models: FakeModels, store: EmbeddedStore
) -> None:
    models.failing["preprocess"] = UndecodableMedia("truncated")
    models.gates["read_text"] = asyncio.Event()
    with pytest.raises(UndecodableMedia):
        await publish(ingestion)
    assert await store.count_posts() == 0
    assert models.cancelled == ["read_text"]


async def test_the_same_again_asks_no_model(ingestion: Ingestion, models: FakeModels) -> None:
    first, _ = await publish(ingestion)
    models.calls.clear()
    again, created = await publish(ingestion, replace(UPLOAD, likes=99))
    assert (created, models.calls, again.likes) == (False, [], first.likes)


async def test_what_a_model_failed_to_give_is_given_by_the_same_upload_later(
    ingestion: Ingestion, models: FakeModels, store: EmbeddedStore
) -> None:
    models.fail("read_text")
    degraded, created = await publish(ingestion)
    assert (created, degraded.degraded, degraded.ocr_text) == (True, ("ocr",), "")

    models.failing.clear()
    healed, created = await publish(ingestion, replace(UPLOAD, likes=99))
    assert (created, healed.degraded, healed.ocr_text) == (False, (), "MEOW MEOW MEOW")
    assert healed.likes == 3
    assert (await store.get_posts(["m1"]))["m1"].degraded == ()


async def test_a_repair_never_loses_what_was_there(
    ingestion: Ingestion, models: FakeModels, store: EmbeddedStore
) -> None:
    models.fail("embed_image")
    await publish(ingestion)
    models.failing.clear()
    models.fail("read_text")
    answered, created = await publish(ingestion)
    assert (created, answered.degraded, answered.ocr_text) == (
        False, ("visual",), "MEOW MEOW MEOW",
    )  # fmt: skip
    assert (await store.get_posts(["m1"]))["m1"].ocr_text == "MEOW MEOW MEOW"


async def test_uploads_of_one_id_at_once_are_stored_once(
    ingestion: Ingestion, models: FakeModels
) -> None:
    answers = await asyncio.gather(*(publish(ingestion) for _ in range(5)))
    assert sorted(created for _, created in answers) == [False] * 4 + [True]
    assert models.calls.count("embed_image") == 1


async def test_another_upload_under_the_same_id_is_a_conflict(ingestion: Ingestion) -> None:
    await publish(ingestion)
    with pytest.raises(Conflict, match="another author_id, caption"):
        await publish(ingestion, replace(UPLOAD, author_id="bob", caption="A dog"))


async def test_nothing_to_store_is_an_error(ingestion: Ingestion) -> None:
    with pytest.raises(InvalidRequest, match="a file, a caption, or both"):
        await publish(ingestion, replace(UPLOAD, medium=None, caption=None))


async def test_without_any_vector_nothing_is_stored(
    ingestion: Ingestion, models: FakeModels, store: EmbeddedStore
) -> None:
    models.fail("embed_image", "embed_text")
    with pytest.raises(InferenceUnavailable):
        await publish(ingestion)
    assert await store.count_posts() == 0


async def test_vectors_of_another_model_are_refused(
    ingestion: Ingestion, models: FakeModels, store: EmbeddedStore
) -> None:
    models.fingerprints_now = replace(
        FINGERPRINTS, visual=replace(FINGERPRINTS.visual, id="clip@2")
    )
    with pytest.raises(FingerprintMismatch, match=r"from clip@2, .* vectors of clip@1"):
        await publish(ingestion)
    assert await store.count_posts() == 0


async def test_a_file_is_kept_of_no_post_that_the_store_refused(
    models: FakeModels, tmp_path: Path
) -> None:
    store, kept = FullStore(tmp_path / "store", schema_of(FINGERPRINTS)), KeptUploads(tmp_path)
    extractor = Extractor(models, make_memos(0), FakeDecoder(), min_ocr_confidence=0.5)
    ingestion = Ingestion(extractor, store, Locks(), kept)
    store.is_full = True
    with pytest.raises(StoreUnavailable, match="no room"):
        await publish(ingestion)
    assert await kept.read("m1") is None

    store.is_full = False
    models.fail("read_text")
    await publish(ingestion)
    models.failing.clear()
    store.is_full = True
    with pytest.raises(StoreUnavailable, match="no room"):
        await publish(ingestion)
    file = await kept.read("m1")
    assert file is not None
    assert file.sha256() == hashlib.sha256(b"bytes").hexdigest()
    await store.close()


async def test_the_same_upload_again_is_kept_where_its_file_was_lost(
    models: FakeModels, store: EmbeddedStore, tmp_path: Path
) -> None:
    extractor = Extractor(models, make_memos(0), FakeDecoder(), min_ocr_confidence=0.5)
    kept = KeptUploads(tmp_path / "kept")
    await publish(Ingestion(extractor, store, Locks(), KeptUploads(None)))
    assert not await kept.has("m1")
    calls = len(models.calls)
    _, is_new = await publish(Ingestion(extractor, store, Locks(), kept))
    assert (is_new, await kept.has("m1"), len(models.calls)) == (False, True, calls)


VIDEO = replace(UPLOAD, medium=made_video())


async def test_a_video_is_stored_with_what_is_told_of_it(
    ingestion: Ingestion, store: EmbeddedStore
) -> None:
    post, created = await publish(ingestion, VIDEO)
    assert (post.media_type, post.content_hash, created) == ("video", "sha256:v", True)
    stored = (await store.get_posts(["m1"]))["m1"]
    assert (stored.duration_s, stored.frame_times_s) == (3.0, (0.5, 1.5, 2.5))
    assert stored.representative_time_s == 1.5
    assert (stored.perceptual_hash, stored.degraded) == (PERCEPTUAL_HASH, ())


async def test_a_video_is_refused_while_all_models_are_away(
    ingestion: Ingestion, models: FakeModels, store: EmbeddedStore
) -> None:
    models.fail("embed_images", "read_text", "embed_text", "embed_caption", "preprocess")
    with pytest.raises(InferenceUnavailable, match="embed_caption is away"):
        await publish(ingestion, VIDEO)
    assert await store.count_posts() == 0


async def test_the_same_video_again_repairs_what_a_model_failed_to_give(
    ingestion: Ingestion, models: FakeModels
) -> None:
    models.fail("read_text")
    post, _ = await publish(ingestion, VIDEO)
    assert (post.degraded, post.ocr_text, post.duration_s) == (("ocr",), "", 3.0)
    models.failing.clear()
    post, created = await publish(ingestion, VIDEO)
    assert (post.degraded, post.ocr_text, created) == ((), "MEOW MEOW MEOW", False)


async def test_a_decoder_that_is_away_has_the_video_refused(
    models: FakeModels, store: EmbeddedStore
) -> None:
    decoder = FakeDecoder(failing=Unavailable("no place"))
    extractor = Extractor(models, make_memos(0), decoder, min_ocr_confidence=0.5)
    ingestion = Ingestion(extractor, store, Locks(), KeptUploads(None))
    with pytest.raises(Unavailable, match="no place"):
        await publish(ingestion, VIDEO)
    assert await store.count_posts() == 0
    assert (await publish(ingestion))[1] is True
