import asyncio

import pytest

from orchestrator.caching.counts import Counts
from orchestrator.content.picture import Picture
from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable, UndecodableMedia
from orchestrator.extraction.extract import Analysis, Extractor
from tests.support.caching import make_memos
from tests.support.fake_decoder import FakeDecoder
from tests.support.fake_models import FINGERPRINTS, LINE, PERCEPTUAL_HASH, FakeModels

PICTURE = Picture(b"bytes", "sha256:1", width=100, height=80)


def extractor(models: FakeModels) -> Extractor:
    return Extractor(models, make_memos(), FakeDecoder(), min_ocr_confidence=0.5)


async def extract(
    models: FakeModels, picture: Picture | None = PICTURE, caption: str | None = "A cat"
) -> Analysis:
    return await extractor(models).extract(picture, caption, Deadline.after(5))


async def test_a_picture_with_a_caption() -> None:
    models = FakeModels()
    analysis = await extract(models)
    assert analysis.visual is not None
    assert analysis.text is not None
    assert analysis.lines == (LINE,)
    assert analysis.ocr_text == "MEOW MEOW MEOW"
    assert models.texts == ["A cat\nMEOW MEOW MEOW"]
    assert analysis.alignment == pytest.approx(0.5)
    # 400 of 8,000 pixels, three words, a caption that does not describe it
    assert analysis.content_type == "meme"
    assert analysis.degraded == ()
    assert analysis.fingerprints == FINGERPRINTS


async def test_a_picture_alone_has_no_alignment() -> None:
    models = FakeModels()
    analysis = await extract(models, caption=None)
    assert analysis.alignment is None
    assert models.texts == ["MEOW MEOW MEOW"]
    assert "embed_caption" not in models.calls


async def test_a_text_alone() -> None:
    models = FakeModels()
    analysis = await extract(models, picture=None)
    assert (analysis.visual, analysis.content_type) == (None, "text_only")
    assert models.texts == ["A cat"]


async def test_independent_calls_run_at_once() -> None:
    gate = asyncio.Event()
    first_stage = ("embed_image", "read_text", "embed_caption")
    models = FakeModels(gates=dict.fromkeys(first_stage, gate))
    running = asyncio.create_task(extract(models))
    for _ in range(10):
        await asyncio.sleep(0)
    assert set(models.calls) == {"fingerprints", *first_stage}
    gate.set()
    await running
    assert models.calls[-1] == "embed_text"


@pytest.mark.parametrize(
    ("failing", "degraded"),
    [
        (["read_text"], ("ocr",)),
        (["embed_image"], ("visual",)),
        (["embed_text"], ("text",)),
        (["embed_caption"], ("alignment",)),
        (["embed_image", "read_text", "embed_caption"], ("visual", "ocr", "alignment")),
    ],
)
async def test_a_modality_that_fails_is_named_and_the_rest_is_carried(
    failing: list[str], degraded: tuple[str, ...]
) -> None:
    models = FakeModels()
    models.fail(*failing)
    analysis = await extract(models)
    assert set(analysis.degraded) == set(degraded)
    assert (analysis.visual is None) == ("embed_image" in failing)
    assert (analysis.text is None) == ("embed_text" in failing)
    assert (analysis.lines == ()) == ("read_text" in failing)


async def test_without_any_vector_it_fails() -> None:
    models = FakeModels()
    models.fail("embed_image", "embed_text")
    with pytest.raises(InferenceUnavailable, match="embed_image is away"):
        await extract(models)


async def test_a_picture_that_can_not_be_decoded_ends_the_other_calls() -> None:
    models = FakeModels(
        failing={"embed_image": UndecodableMedia("truncated")},
        gates={"read_text": asyncio.Event()},
    )
    with pytest.raises(UndecodableMedia):
        await extract(models)
    await asyncio.sleep(0)
    assert models.cancelled == ["read_text"]


async def test_the_same_content_is_asked_for_once() -> None:
    models = FakeModels()
    remembering = extractor(models)
    first = await remembering.extract(PICTURE, "A cat", Deadline.after(5))
    await remembering.perceptual_hash(PICTURE, Deadline.after(5))
    models.calls.clear()
    second = await remembering.extract(PICTURE, "A cat", Deadline.after(5))
    assert await remembering.perceptual_hash(PICTURE, Deadline.after(5)) == PERCEPTUAL_HASH
    assert models.calls == ["fingerprints"]
    assert second.ocr_text == first.ocr_text
    counts = remembering.memos.counts
    assert counts == dict.fromkeys(counts, Counts(hits=1, misses=1))
    assert sorted(counts) == ["caption", "ocr", "perceptual_hash", "text", "visual"]


async def test_a_hash_that_could_not_be_had_is_asked_for_again() -> None:
    models = FakeModels()
    models.fail("preprocess")
    remembering = extractor(models)
    with pytest.raises(InferenceUnavailable, match="preprocess is away"):
        await remembering.perceptual_hash(PICTURE, Deadline.after(5))
    models.failing.clear()
    assert await remembering.perceptual_hash(PICTURE, Deadline.after(5)) == PERCEPTUAL_HASH


async def test_other_weights_are_asked_again() -> None:
    models = FakeModels()
    remembering = extractor(models)
    await remembering.extract(PICTURE, None, Deadline.after(5))
    visual = FINGERPRINTS.visual
    models.fingerprints_now = type(FINGERPRINTS)(
        visual=type(visual)("clip@2", "clip", "tiny", 4),
        caption=FINGERPRINTS.caption,
        text=FINGERPRINTS.text,
    )
    models.calls.clear()
    await remembering.extract(PICTURE, None, Deadline.after(5))
    assert models.calls == ["fingerprints", "embed_image"]


async def test_a_failure_is_not_remembered() -> None:
    models = FakeModels()
    models.fail("read_text")
    remembering = extractor(models)
    assert (await remembering.extract(PICTURE, None, Deadline.after(5))).degraded == ("ocr",)
    models.failing.clear()
    assert (await remembering.extract(PICTURE, None, Deadline.after(5))).degraded == ()
