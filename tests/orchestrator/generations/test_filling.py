"""Vectors of the next models for a post that is stored."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from orchestrator.errors import FingerprintMismatch, InferenceUnavailable
from orchestrator.generations.filling import is_filled
from orchestrator.media.errors import Missing, NoPath
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost
from tests.orchestrator.generations.conftest import Two
from tests.orchestrator.generations.pictures import picture
from tests.orchestrator.store.conformance import post
from tests.support.fake_decoder import made_video
from tests.support.fake_models import FINGERPRINTS

PICTURE = picture()


async def read(store: Store, media_id: str = "m1") -> StoredPost:
    (found,) = (await store.get_posts([media_id], with_vectors=True)).values()
    return found


def uploaded(**changes: object) -> StoredPost:
    return replace(post(content_hash=PICTURE.content_hash), **changes)  # type: ignore[arg-type]


async def test_both_vectors_come_beside_those_that_serve(two: Two) -> None:
    await two.serving.put_posts([uploaded()])
    before = await read(two.serving)
    assert await two.filler.fill("m1", PICTURE) is True
    filled = await read(two.beside)
    assert filled.visual == pytest.approx([1, 0, 0, 0])
    assert filled.text == pytest.approx([0, 1, 0])
    assert two.models.texts == ["A cat\nMEOW"]
    after = await read(two.serving)
    assert after.visual == pytest.approx(before.visual)
    assert after.text == pytest.approx(before.text)
    assert await two.filler.fill("m1", PICTURE) is False


async def test_the_picture_is_found_where_it_was_kept(two: Two) -> None:
    await two.serving.put_posts([uploaded()])
    await two.kept.keep("m1", PICTURE)
    assert await two.filler.fill("m1") is True
    assert (await read(two.beside)).visual is not None


async def test_or_where_the_post_says(two: Two) -> None:
    (two.folder / "cat.png").write_bytes(PICTURE.data)
    await two.serving.put_posts([uploaded(media_url="cat.png")])
    assert await two.filler.fill("m1") is True
    assert (await read(two.beside)).visual is not None


async def test_another_picture_than_the_stored_one_is_refused(two: Two) -> None:
    (two.folder / "cat.png").write_bytes(picture("black").data)
    await two.serving.put_posts([uploaded(media_url="cat.png")])
    with pytest.raises(Missing, match="is not the one that was stored"):
        await two.filler.fill("m1", picture("red"))
    assert (await read(two.beside)).visual is None


async def test_without_a_picture_the_text_is_filled_all_the_same(two: Two) -> None:
    await two.serving.put_posts([uploaded()])
    with pytest.raises(NoPath, match="not kept"):
        await two.filler.fill("m1")
    found = await read(two.beside)
    assert found.visual is None
    assert found.text == pytest.approx([0, 1, 0])


async def test_words_alone_need_no_picture(two: Two) -> None:
    await two.serving.put_posts([post(media_type="text", visual=None, content_hash=None)])
    assert await two.filler.fill("m1") is True
    assert (await read(two.beside)).text is not None
    assert two.models.calls.count("embed_image") == 0


async def test_a_post_that_is_gone_is_left_alone(two: Two) -> None:
    assert await two.filler.fill("m1", PICTURE) is False
    assert await two.beside.count_posts() == 0


async def test_a_model_that_is_away_leaves_it_for_later(two: Two) -> None:
    await two.serving.put_posts([uploaded()])
    two.models.fail("embed_image")
    with pytest.raises(InferenceUnavailable):
        await two.filler.fill("m1", PICTURE)
    two.models.failing.clear()
    assert await two.filler.fill("m1", PICTURE) is True


async def test_a_medium_that_is_slow_to_come_holds_up_nobody(two: Two) -> None:
    await two.serving.put_posts([uploaded()])
    two.models.gates["embed_image"] = gate = asyncio.Event()
    filling = asyncio.ensure_future(two.filler.fill("m1", PICTURE))
    while "embed_image" not in two.models.calls:  # noqa: ASYNC110 - the models are made
        await asyncio.sleep(0)
    async with two.filler.locks.of("m1"):
        await two.serving.change_post("m1", {"likes": 9})
    gate.set()
    assert await filling is True
    assert (await read(two.beside)).likes == 9


async def test_what_changed_meanwhile_is_filled_as_it_is_now(two: Two) -> None:
    await two.serving.put_posts([uploaded()])
    two.models.gates["embed_image"] = gate = asyncio.Event()
    filling = asyncio.ensure_future(two.filler.fill("m1", PICTURE))
    while "embed_image" not in two.models.calls:  # noqa: ASYNC110 - the models are made
        await asyncio.sleep(0)
    await two.serving.put_posts([uploaded(caption="Another")])
    gate.set()
    assert await filling is True
    assert two.models.texts == ["A cat\nMEOW", "Another\nMEOW"]


async def test_models_that_changed_meanwhile_write_nothing(two: Two) -> None:
    await two.serving.put_posts([uploaded()])
    two.models.fingerprints_now = FINGERPRINTS
    with pytest.raises(FingerprintMismatch, match="mpnet@1, the store holds vectors of mpnet@2"):
        await two.filler.fill("m1", PICTURE)
    assert (await read(two.beside)).text is None


async def test_a_video_is_filled_by_its_frames_and_keeps_its_alignment(two: Two) -> None:
    video = post(media_type="video", content_hash="sha256:v", alignment_score=0.7)
    await two.serving.put_posts([video])
    two.models.vectors[b"frame at 2.5"] = np.array([0, 1, 0, 0], dtype=np.float32)
    assert await two.filler.fill("m1", made_video()) is True
    found = await read(two.beside)
    # (2, 1, 0, 0) / √5
    assert found.visual == pytest.approx([0.894427, 0.447214, 0, 0])
    assert (found.alignment_score, found.media_type) == (0.7, "video")
    assert two.models.calls.count("read_text") == 0


async def test_a_video_that_lacks_its_vector_is_not_filled(two: Two) -> None:
    words = post(media_type="video", visual=None)
    assert is_filled(words) is False
    assert is_filled(replace(words, media_type="text")) is True
