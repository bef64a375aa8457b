from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.content.picture import Picture
from orchestrator.deadline import Deadline
from orchestrator.errors import FingerprintMismatch, InferenceUnavailable, InvalidRequest, NotFound
from orchestrator.extraction.extract import Extractor
from orchestrator.schema import schema_of
from orchestrator.search.query import Asking, Query, side
from orchestrator.store.embedded.backend import EmbeddedStore
from tests.orchestrator.store.conformance import post
from tests.support.caching import make_memos
from tests.support.fake_decoder import FakeDecoder
from tests.support.fake_models import FINGERPRINTS, FakeModels

PICTURE = Picture(b"bytes", "sha256:1", width=100, height=80)


@pytest.fixture
def models() -> FakeModels:
    return FakeModels()


@pytest.fixture
async def asking(models: FakeModels, tmp_path: Path) -> AsyncIterator[Asking]:
    store = EmbeddedStore(tmp_path, schema_of(FINGERPRINTS))
    extractor = Extractor(models, make_memos(0), FakeDecoder(), min_ocr_confidence=0.5)
    yield Asking(store, extractor, FINGERPRINTS, Deadline.after(5))
    await store.close()


def components(query: Query) -> tuple[list[float] | None, list[float] | None]:
    return (
        None if query.visual is None else query.visual.tolist(),
        None if query.text is None else query.text.tolist(),
    )


async def test_a_post_is_asked_by_its_own_vectors(asking: Asking) -> None:
    await asking.store.put_posts([post("m1", text=None, has_text_embedding=False)])
    query = await asking.post("m1")
    assert (components(query), query.media_id) == (([1, 0, 0, 0], None), "m1")
    with pytest.raises(NotFound, match="'m2'"):
        await asking.post("m2")


async def test_words_are_asked_on_both_sides(asking: Asking) -> None:
    visual, text = components(await asking.words("A cat"))
    assert visual == pytest.approx([0.2, 0.979796, 0, 0])
    assert text == [0, 1, 0]


async def test_a_picture_is_asked_with_its_words(asking: Asking, models: FakeModels) -> None:
    assert components(await asking.picture(PICTURE, "A cat")) == ([1, 0, 0, 0], [0, 1, 0])
    assert models.texts == ["A cat\nMEOW MEOW MEOW"]


async def test_a_picture_without_words_has_one_side(asking: Asking, models: FakeModels) -> None:
    models.lines = ()
    query = await asking.picture(PICTURE, None)
    assert components(query) == ([1, 0, 0, 0], None)
    with pytest.raises(InvalidRequest, match="no words in the picture"):
        side(query, "text")


async def test_a_model_that_is_away_ends_the_others_calls(
    asking: Asking, models: FakeModels
) -> None:
    models.fail("embed_image")
    with pytest.raises(InferenceUnavailable, match="embed_image"):
        await asking.picture(PICTURE, None)


async def test_clips_text_tower_must_be_that_of_the_stored_pictures(
    asking: Asking, models: FakeModels
) -> None:
    models.fingerprints_now = replace(
        FINGERPRINTS, caption=replace(FINGERPRINTS.caption, id="clip-text@2")
    )
    with pytest.raises(FingerprintMismatch, match=r"from clip-text@2"):
        await asking.seen_in("A cat")
    assert components(await asking.said_in("A cat")) == (None, [0, 1, 0])
