"""Videos by made frames and made models."""

import asyncio

import numpy as np
import pytest

from orchestrator.content.picture import Picture
from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable, TooLarge, UndecodableMedia
from orchestrator.extraction.extract import Analysis, Extractor
from orchestrator.extraction.seen import VideoFacts
from orchestrator.inference.models import TextLine
from tests.support.caching import make_memos
from tests.support.fake_decoder import FakeDecoder, made_sample, made_video
from tests.support.fake_models import FINGERPRINTS, PERCEPTUAL_HASH, FakeModels

FACTS = VideoFacts(duration_s=3.0, frame_times_s=(0.5, 1.5, 2.5), representative_time_s=1.5)


def box(left: float = 0) -> tuple[tuple[float, float], ...]:
    """40 × 10 of a frame's 100 × 80 pixels: a twentieth."""
    return ((left, 0), (left + 40, 0), (left + 40, 10), (left, 10))


def made_models() -> FakeModels:
    """Two frames look and read alike, the last one does not."""
    again = TextLine("PART 1 OF TW0", 0.8, box())
    first = TextLine("PART 1 OF TWO", 0.9, box(10))
    second = TextLine("PART 2 OF TWO", 0.9, box())
    return FakeModels(
        vectors={b"frame at 2.5": np.array([0, 1, 0, 0], dtype=np.float32)},
        lines_of={
            b"frame at 0.5": (first,),
            b"frame at 1.5": (again, TextLine("faint", 0.2, box())),
            b"frame at 2.5": (second,),
        },
    )


def extractor(models: FakeModels, decoder: FakeDecoder | None = None) -> Extractor:
    return Extractor(models, make_memos(), decoder or FakeDecoder(), min_ocr_confidence=0.5)


async def extract(models: FakeModels, caption: str | None = "A cat") -> Analysis:
    return await extractor(models).extract(made_video(), caption, Deadline.after(5))


async def test_a_video_is_the_mean_of_its_frames_and_its_lines_once_each() -> None:
    models = made_models()
    analysis = await extract(models)
    # (2, 1, 0, 0) / √5
    assert analysis.visual == pytest.approx([0.894427, 0.447214, 0, 0])
    assert [(line.text, line.time_s) for line in analysis.lines] == [
        ("PART 1 OF TWO", 0.5),
        ("PART 2 OF TWO", 2.5),
    ]
    assert models.texts == ["A cat\nPART 1 OF TWO\nPART 2 OF TWO"]
    assert analysis.video == FACTS
    assert analysis.degraded == ()


async def test_boxes_are_in_pixels_of_the_video() -> None:
    analysis = await extract(made_models())
    # The frames are half as wide and as high.
    assert analysis.lines[0].box == ((20, 0), (100, 0), (100, 20), (20, 20))


async def test_a_caption_is_compared_with_the_mean_and_with_the_best_frame() -> None:
    analysis = await extract(made_models())
    # The caption is (0.2, 0.98, 0, 0): 2.5 · 0.617 of the mean and 2.5 · 0.98 of the last frame,
    # both more than 1.
    assert analysis.alignment == pytest.approx(1)
    # 2.5 · 0.2, all frames alike
    assert (await extract(FakeModels())).alignment == pytest.approx(0.5)
    assert (await extract(FakeModels(), caption=None)).alignment is None


async def test_its_content_type_is_by_the_mean_coverage_and_the_distinct_words() -> None:
    # A twentieth of every frame, three lines of three words each: more than a meme's 0.04.
    models = made_models()
    assert (await extract(models, caption=None)).content_type == "meme"
    # Text in one frame of three covers a sixtieth: below it.
    models.lines_of = {b"frame at 0.5": models.lines_of[b"frame at 0.5"]}
    models.lines = ()
    assert (await extract(models, caption=None)).content_type == "mixed"


async def test_frames_are_embedded_as_one_batch_and_each_is_known_from_then_on() -> None:
    models = FakeModels()
    decoder = FakeDecoder()
    asked = extractor(models, decoder)
    await asked.extract(made_video(), None, Deadline.after(5))
    assert models.batches == [3]
    # Another video that shares two of the frames.
    decoder.sampled = made_sample((0.5, 1.5, 9.0))
    await asked.extract(made_video(content_hash="sha256:w"), None, Deadline.after(5))
    assert models.batches == [3, 1]
    assert models.calls.count("read_text") == 4


async def test_ocr_reads_one_frame_at_a_time_beside_the_vectors() -> None:
    gate = asyncio.Event()
    models = FakeModels(gates=dict.fromkeys(("embed_images", "read_text", "embed_caption"), gate))
    running = asyncio.create_task(extract(models))
    for _ in range(20):
        await asyncio.sleep(0)
    asked = sorted(models.calls)
    assert asked == ["embed_caption", "embed_images", "fingerprints", "read_text"]
    gate.set()
    await running
    assert models.calls.count("read_text") == 3


async def test_of_two_videos_ocr_reads_one_frame_at_a_time_and_pictures_go_first() -> None:
    gate = asyncio.Event()
    models = FakeModels(gates={"read_text": gate})
    asked = extractor(models)
    picture = Picture(b"bytes", "sha256:1", width=100, height=80)
    other = made_video(content_hash="sha256:w")
    running = [asyncio.create_task(asked.read_text(made_video(), Deadline.after(5)))]
    await asyncio.sleep(0.01)
    with pytest.raises(InferenceUnavailable, match="reads other videos"):
        await asked.read_text(other, Deadline.after(0.02))
    assert models.calls.count("read_text") == 1
    running.append(asyncio.create_task(asked.read_text(picture, Deadline.after(5))))
    await asyncio.sleep(0.01)
    assert models.calls.count("read_text") == 2
    gate.set()
    await asyncio.gather(*running)
    assert models.calls.count("read_text") == 4


@pytest.mark.parametrize(
    ("failing", "degraded"),
    [
        (["read_text"], {"ocr"}),
        (["embed_images"], {"visual"}),
        (["embed_caption"], {"alignment"}),
        (["embed_images", "read_text"], {"visual", "ocr"}),
    ],
)
async def test_what_a_model_fails_to_give_is_named(failing: list[str], degraded: set[str]) -> None:
    models = made_models()
    models.fail(*failing)
    analysis = await extract(models)
    assert set(analysis.degraded) == degraded
    assert (analysis.visual is None) == ("embed_images" in failing)
    assert (analysis.lines == ()) == ("read_text" in failing)
    assert analysis.video == FACTS


class FailingHalfway(FakeModels):
    """OCR goes away after the first frame."""

    async def read_text(self, image: bytes, deadline: Deadline) -> tuple[TextLine, ...]:
        if self.calls.count("read_text") == 1:
            self.fail("read_text")
        return await super().read_text(image, deadline)


async def test_ocr_that_fails_halfway_gives_nothing_and_goes_on_where_it_was() -> None:
    models = FailingHalfway(lines_of=made_models().lines_of)
    asked = extractor(models)
    analysis = await asked.extract(made_video(), None, Deadline.after(5))
    assert (analysis.lines, analysis.degraded) == ((), ("ocr",))
    models.failing.clear()
    models.calls = ["read_text"] * 2
    again = await asked.extract(made_video(), None, Deadline.after(5))
    assert [line.text for line in again.lines] == ["PART 1 OF TWO", "PART 2 OF TWO"]
    # Two frames more: the first is remembered.
    assert models.calls.count("read_text") == 4


async def test_without_any_vector_it_fails() -> None:
    models = FakeModels()
    models.fail("embed_images", "embed_text")
    with pytest.raises(InferenceUnavailable, match="embed_images is away"):
        await extract(models)


@pytest.mark.parametrize("failure", [UndecodableMedia("truncated"), TooLarge("8K")])
async def test_what_the_decoder_refuses_is_refused(failure: Exception) -> None:
    asked = extractor(FakeModels(), FakeDecoder(failing=failure))
    with pytest.raises(type(failure)):
        await asked.extract(made_video(), "A cat", Deadline.after(5))


async def test_its_text_alone() -> None:
    models = made_models()
    read = await extractor(models).read_text(made_video(), Deadline.after(5))
    assert [(line.text, line.time_s) for line in read.lines] == [
        ("PART 1 OF TWO", 0.5),
        ("PART 2 OF TWO", 2.5),
    ]
    assert read.video == FACTS
    assert "embed_images" not in models.calls


async def test_its_look_alone_and_its_hash_are_by_its_frames() -> None:
    models = made_models()
    asked = extractor(models)
    look, fingerprint = await asked.look_at(made_video(), Deadline.after(5))
    assert look.vector == pytest.approx([0.894427, 0.447214, 0, 0])
    assert len(look.frames) == 3
    assert fingerprint == FINGERPRINTS.visual
    assert await asked.perceptual_hash(made_video(), Deadline.after(5)) == PERCEPTUAL_HASH
    still = await asked.still_of(made_video(), Deadline.after(5))
    assert still.data == b"frame at 1.5"
