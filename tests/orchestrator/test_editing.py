import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from orchestrator.content.video import Medium
from orchestrator.deadline import Deadline
from orchestrator.editing import Editing
from orchestrator.errors import (
    FingerprintMismatch,
    InferenceUnavailable,
    InvalidRequest,
    NotFound,
    Unavailable,
    UndecodableMedia,
)
from orchestrator.extraction.extract import Extractor
from orchestrator.ingestion import Ingestion
from orchestrator.kept_uploads import KeptUploads
from orchestrator.locks import Locks
from orchestrator.media.errors import Missing, NoPath
from orchestrator.media.media import Media
from orchestrator.media.parameters import MediaParameters
from orchestrator.post_media import PostMedia
from orchestrator.schema import schema_of
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.records import StoredPost
from orchestrator.time_limits import TimeLimits
from orchestrator.upload import Upload
from tests.orchestrator.store.conformance import NOW, post, unit
from tests.support.caching import make_memos
from tests.support.fake_decoder import FakeDecoder, made_video
from tests.support.fake_models import FINGERPRINTS, FakeModels, Gate
from tests.support.limits import LIMITS

STORED = post(text=unit(1, 0, 0), degraded=("text", "alignment", "ocr"))


@pytest.fixture
def models() -> FakeModels:
    return FakeModels()


@pytest.fixture
async def editing(models: FakeModels, tmp_path: Path) -> AsyncIterator[Editing]:
    """Of a store with one post."""
    store = EmbeddedStore(tmp_path, schema_of(FINGERPRINTS))
    await store.put_posts([STORED])
    extractor = Extractor(models, make_memos(0), FakeDecoder(), min_ocr_confidence=0.5)
    media = Media(MediaParameters(folder=tmp_path), LIMITS)
    yield Editing(
        store=store,
        extractor=extractor,
        fingerprints=FINGERPRINTS,
        locks=Locks(),
        media=PostMedia(KeptUploads(tmp_path / "kept"), media, LIMITS),
        limits=TimeLimits(5.0, 5.0),
    )
    await media.close()
    await store.close()


async def read(editing: Editing) -> StoredPost:
    return (await editing.store.get_posts(["m1"], with_vectors=True))["m1"]


async def recaption(editing: Editing, caption: str | None) -> StoredPost:
    return await editing.recaption("m1", caption, {})


async def test_what_needs_no_model_changes_alone(editing: Editing, models: FakeModels) -> None:
    later = NOW + timedelta(days=1)
    changed = await editing.change("m1", {"likes": 8, "created_at": later, "media_url": "a.jpg"})
    assert (changed.likes, changed.created_at, changed.media_url) == (8, later, "a.jpg")
    stored = await read(editing)
    assert (stored.likes, stored.comments, stored.caption) == (8, 1, "A cat")
    assert stored.text == pytest.approx(STORED.text)
    assert models.calls == []


async def test_another_caption_gives_another_text_vector_and_alignment(
    editing: Editing, models: FakeModels
) -> None:
    changed = await editing.recaption("m1", "A dog", {"likes": 8})
    assert models.texts == ["A dog\nMEOW"]
    stored = await read(editing)
    assert stored.text == pytest.approx([0, 1, 0])
    # 2.5 · cos((1, 0, 0, 0), (0.2, 0.98, 0, 0))
    assert stored.alignment_score == pytest.approx(0.5)
    assert stored.visual == pytest.approx(STORED.visual)
    others = replace(stored, visual=None, text=None, alignment_score=STORED.alignment_score)
    assert others == replace(
        STORED, caption="A dog", likes=8, degraded=("ocr",), visual=None, text=None
    )
    assert (changed.caption, changed.likes) == ("A dog", 8)


async def test_without_a_caption_the_words_in_the_picture_are_left(
    editing: Editing, models: FakeModels
) -> None:
    await recaption(editing, None)
    stored = await read(editing)
    assert (stored.caption, stored.alignment_score, stored.has_text_embedding) == (None, None, True)
    assert models.texts == ["MEOW"]
    assert "embed_caption" not in models.calls


async def test_without_any_words_there_is_no_text_vector(editing: Editing) -> None:
    await editing.store.put_posts([replace(STORED, ocr_text="")])
    await recaption(editing, None)
    stored = await read(editing)
    assert (stored.text, stored.has_text_embedding) == (None, False)


async def test_a_post_of_words_keeps_some(editing: Editing) -> None:
    words = replace(STORED, media_type="text", visual=None, ocr_text="", alignment_score=None)
    await editing.store.put_posts([words])
    with pytest.raises(InvalidRequest, match="a file, a caption, or both"):
        await recaption(editing, None)
    changed = await recaption(editing, "Other words")
    assert (changed.caption, changed.alignment_score) == ("Other words", None)


async def test_what_changes_while_a_caption_is_embedded_is_kept(
    editing: Editing, models: FakeModels
) -> None:
    models.gates["embed_text"] = gate = Gate()
    captioning = asyncio.create_task(recaption(editing, "A dog"))
    await gate.came.wait()
    for likes in range(10):
        await editing.change("m1", {"likes": likes})
    gate.set()
    assert (await captioning).likes == 9
    stored = await read(editing)
    assert (stored.likes, stored.caption) == (9, "A dog")


async def test_counters_written_all_around_a_caption_are_kept(editing: Editing) -> None:
    changes = [editing.change("m1", {"likes": 1000 + i}) for i in range(8)]
    captions = [recaption(editing, f"Dog {i}") for i in range(8)]
    await asyncio.gather(*(call for pair in zip(captions, changes, strict=True) for call in pair))
    stored = await read(editing)
    assert stored.likes == 1007


async def test_words_that_ocr_gives_meanwhile_are_embedded_too(
    editing: Editing, models: FakeModels
) -> None:
    models.gates["embed_text"] = gate = Gate()
    captioning = asyncio.create_task(recaption(editing, "A dog"))
    await gate.came.wait()
    await editing.store.put_posts([replace(STORED, ocr_text="PURR")])
    gate.set()
    await captioning
    assert models.texts == ["A dog\nMEOW", "A dog\nPURR"]
    assert (await read(editing)).ocr_text == "PURR"


async def test_a_post_that_is_deleted_meanwhile_stays_deleted(
    editing: Editing, models: FakeModels
) -> None:
    models.gates["embed_text"] = gate = Gate()
    captioning = asyncio.create_task(recaption(editing, "A dog"))
    await gate.came.wait()
    await editing.store.delete_post("m1")
    gate.set()
    with pytest.raises(NotFound):
        await captioning
    assert await editing.store.count_posts() == 0


async def test_no_such_post(editing: Editing) -> None:
    with pytest.raises(NotFound, match="'m2'"):
        await editing.change("m2", {"likes": 1})
    with pytest.raises(NotFound, match="'m2'"):
        await editing.recaption("m2", "A dog", {})


@pytest.mark.parametrize("away", ["embed_text", "embed_caption"])
async def test_a_model_that_is_away_changes_nothing(
    editing: Editing, models: FakeModels, away: str
) -> None:
    models.fail(away)
    with pytest.raises(InferenceUnavailable):
        await editing.recaption("m1", "A dog", {"likes": 8})
    assert (await editing.store.get_posts(["m1"]))["m1"] == replace(STORED, visual=None, text=None)


@pytest.mark.parametrize("model", ["text", "caption"])
async def test_models_that_are_not_those_of_the_store(
    editing: Editing, models: FakeModels, model: str
) -> None:
    other = replace(getattr(FINGERPRINTS, model), id="other@2")
    models.fingerprints_now = replace(FINGERPRINTS, **{model: other})
    with pytest.raises(FingerprintMismatch, match="other@2"):
        await recaption(editing, "A dog")


VIDEO = post(
    media_type="video",
    content_hash="sha256:v",
    duration_s=3.0,
    frame_times_s=(0.5, 1.5, 2.5),
    representative_time_s=1.5,
    degraded=(),
)


class OneMedium(PostMedia):
    """Has one video, or raises why not."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure

    async def medium_of(self, post: StoredPost) -> Medium:
        """See `PostMedia`."""
        if self.failure is not None:
            raise self.failure
        return made_video()


async def test_a_videos_new_caption_is_compared_with_its_frames(
    editing: Editing, models: FakeModels
) -> None:
    models.vectors[b"frame at 2.5"] = np.array([0.96, 0.28, 0, 0], dtype=np.float32)
    await editing.store.put_posts([VIDEO])
    changed = await recaption(replace(editing, media=OneMedium()), "A dog")
    # The caption is (0.2, 0.98, 0, 0). Of the last frame 2.5 · 0.4663, which is capped at 1; of
    # the mean, (2.96, 0.28) / 2.9732, 2.5 · 0.2914.
    assert changed.alignment_score == pytest.approx((1 + 0.7284) / 2, abs=1e-3)
    assert changed.degraded == ()
    assert (changed.duration_s, changed.frame_times_s) == (3.0, (0.5, 1.5, 2.5))


@pytest.mark.parametrize(
    "failure", [NoPath("not kept"), Missing("another one"), UndecodableMedia("over a limit now")]
)
async def test_without_its_video_a_post_has_no_alignment_and_says_so(
    editing: Editing, models: FakeModels, failure: Exception
) -> None:
    await editing.store.put_posts([VIDEO])
    changed = await recaption(replace(editing, media=OneMedium(failure)), "A dog")
    assert (changed.alignment_score, changed.degraded) == (None, ("alignment",))
    assert changed.text == pytest.approx([0, 1, 0])

    # The same upload gives it again.
    upload = Upload("m1", "ann", made_video(), "A dog", NOW, likes=0, comments=0)
    ingestion = Ingestion(editing.extractor, editing.store, editing.locks, KeptUploads(None))
    healed, created = await ingestion.publish(upload, Deadline.after(5))
    assert healed.alignment_score == pytest.approx(0.5)
    assert (healed.degraded, created) == ((), False)
    # Counters are those of the post.
    assert healed.likes == VIDEO.likes


async def test_a_video_without_a_caption_is_not_looked_at(editing: Editing) -> None:
    await editing.store.put_posts([VIDEO])
    changed = await recaption(replace(editing, media=OneMedium(NoPath("not kept"))), None)
    assert (changed.alignment_score, changed.degraded) == (None, ())


async def test_a_decoder_that_is_away_changes_nothing(editing: Editing, models: FakeModels) -> None:
    await editing.store.put_posts([VIDEO])
    busy = FakeDecoder(failing=Unavailable("no place"))
    extractor = Extractor(models, make_memos(0), busy, min_ocr_confidence=0.5)
    with pytest.raises(Unavailable, match="no place"):
        await recaption(replace(editing, media=OneMedium(), extractor=extractor), "A dog")
    assert (await read(editing)).caption == "A cat"
