import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from orchestrator.errors import Conflict, FingerprintMismatch, InvalidRequest
from orchestrator.foreign_vectors import ForeignVectors, GivenPost
from orchestrator.locks import Locks
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.records import StoredPost
from tests.orchestrator.store.conformance import FINGERPRINTS, NOW, SCHEMA, post, unit

GIVEN = GivenPost(
    media_id="m1",
    author_id="ann",
    caption="A cat",
    ocr_text=None,
    content_type=None,
    created_at=NOW,
    likes=3,
    comments=1,
    media_url="cats/1.jpg",
    visual=unit(0, 1, 0, 0),
    text=unit(0, 0, 1),
    fingerprints=FINGERPRINTS,
)


@pytest.fixture
async def foreign(tmp_path: Path) -> AsyncIterator[ForeignVectors]:
    store = EmbeddedStore(tmp_path, SCHEMA)
    yield ForeignVectors(store, Locks())
    await store.close()


async def read(foreign: ForeignVectors) -> StoredPost:
    return (await foreign.store.get_posts(["m1"], with_vectors=True))["m1"]


async def test_a_new_post(foreign: ForeignVectors) -> None:
    answered, created = await foreign.put(GIVEN)
    stored = await read(foreign)
    assert created is True
    assert stored.visual == pytest.approx(GIVEN.visual)
    assert stored.text == pytest.approx(GIVEN.text)
    assert replace(stored, visual=None, text=None) == StoredPost(
        media_id="m1",
        author_id="ann",
        caption="A cat",
        ocr_text="",
        content_type="mixed",
        alignment_score=None,
        has_text_embedding=True,
        likes=3,
        comments=1,
        created_at=NOW,
        media_type="image",
        content_hash=None,
        model_fingerprint=FINGERPRINTS,
        media_url="cats/1.jpg",
    )
    assert replace(answered, visual=None, text=None) == replace(stored, visual=None, text=None)


@pytest.mark.parametrize(
    ("changes", "media_type", "content_type"),
    [
        ({"visual": None}, "text", "text_only"),
        ({"text": None}, "image", "aesthetic"),
        ({"content_type": "meme"}, "image", "meme"),
    ],
)
async def test_what_kind_a_new_post_is(
    foreign: ForeignVectors, changes: dict[str, object], media_type: str, content_type: str
) -> None:
    await foreign.put(replace(GIVEN, **changes))  # type: ignore[arg-type]
    stored = await read(foreign)
    assert (stored.media_type, stored.content_type) == (media_type, content_type)
    assert stored.has_text_embedding is (stored.text is not None)


async def test_the_same_again_changes_nothing(foreign: ForeignVectors) -> None:
    await foreign.put(GIVEN)
    before = await read(foreign)
    _, created = await foreign.put(replace(GIVEN, likes=99))
    assert created is False
    stored = await read(foreign)
    assert replace(stored, visual=None, text=None) == replace(before, visual=None, text=None)
    assert stored.text == pytest.approx(before.text)


async def test_of_a_stored_post_the_given_vectors_change_alone(foreign: ForeignVectors) -> None:
    before = post(degraded=("ocr", "visual", "text"))
    await foreign.store.put_posts([before])
    given = replace(GIVEN, author_id=None, caption=None, text=None, likes=0, media_url=None)
    _, created = await foreign.put(given)
    stored = await read(foreign)
    assert created is False
    assert stored.visual == pytest.approx(GIVEN.visual)
    assert stored.text == pytest.approx(before.text)
    assert replace(stored, visual=None, text=None) == replace(
        before, visual=None, text=None, degraded=("ocr", "text")
    )


async def test_a_stored_post_gets_a_side_that_it_lacked(foreign: ForeignVectors) -> None:
    await foreign.store.put_posts([post(text=None, has_text_embedding=False, degraded=())])
    await foreign.put(replace(GIVEN, visual=None))
    stored = await read(foreign)
    assert stored.has_text_embedding is True
    assert stored.text == pytest.approx(GIVEN.text)
    assert stored.visual == pytest.approx(unit(1, 0, 0, 0))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"author_id": "bob"}, "another author_id;"),
        ({"caption": "A dog", "ocr_text": "WOOF"}, "another caption, ocr_text;"),
        ({"content_type": "aesthetic"}, "another content_type;"),
    ],
)
async def test_another_post_under_the_same_id_is_a_conflict(
    foreign: ForeignVectors, changes: dict[str, object], named: str
) -> None:
    await foreign.store.put_posts([post()])
    with pytest.raises(Conflict, match=named):
        await foreign.put(replace(GIVEN, **changes))  # type: ignore[arg-type]
    assert (await read(foreign)).visual == pytest.approx(unit(1, 0, 0, 0))


async def test_vectors_of_another_model_are_refused(foreign: ForeignVectors) -> None:
    other = replace(GIVEN, fingerprints={"visual": "clip@2", "text": "mpnet@1"})
    with pytest.raises(FingerprintMismatch, match=r"from clip@2, .* vectors of clip@1"):
        await foreign.put(other)
    assert await foreign.store.count_posts() == 0


@pytest.mark.parametrize("is_stored", [True, False])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": unit(1, 0)}, r"shape \[2\], the store's have \[3\]"),
        ({"visual": 2 * unit(1, 0, 0, 0)}, "not of unit norm"),
        ({"visual": np.zeros(4, np.float32)}, "not of unit norm"),
    ],
)
async def test_vectors_that_can_not_be_compared_are_refused(
    foreign: ForeignVectors, is_stored: bool, changes: dict[str, object], message: str
) -> None:
    if is_stored:
        await foreign.store.put_posts([post()])
    with pytest.raises(InvalidRequest, match=message):
        await foreign.put(replace(GIVEN, **changes))  # type: ignore[arg-type]
    assert await foreign.store.count_posts() == is_stored


async def test_a_new_post_needs_an_author(foreign: ForeignVectors) -> None:
    with pytest.raises(InvalidRequest, match="give author_id"):
        await foreign.put(replace(GIVEN, author_id=None))


async def test_at_once_one_is_new(foreign: ForeignVectors) -> None:
    answers = await asyncio.gather(*(foreign.put(GIVEN) for _ in range(5)))
    assert sorted(created for _, created in answers) == [False] * 4 + [True]
