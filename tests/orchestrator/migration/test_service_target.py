from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from orchestrator.content.picture import inspect
from orchestrator.errors import (
    FeedlensError,
    FingerprintMismatch,
    InferenceUnavailable,
    InvalidRequest,
    StartupError,
    StoreUnavailable,
    TooLarge,
    Unavailable,
    UndecodableMedia,
)
from orchestrator.migration.service_target import ServiceTarget
from orchestrator.upload import Upload
from tests.orchestrator.migration.old_system import NOW
from tests.support.app import App, open_app
from tests.support.fake_decoder import MP4, FakeDecoder, made_video
from tests.support.fake_models import FakeModels
from tests.support.uploads import plain

UPLOAD = Upload(
    media_id="m/1 ü",
    author_id="ann",
    medium=inspect(plain(), max_pixels=1_000_000),
    caption="A cat",
    created_at=NOW,
    likes=3,
    comments=1,
    media_url="2024/1.png",
)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with open_app(tmp_path) as opened:
        yield opened


@pytest.fixture
def target(app: App) -> ServiceTarget:
    return ServiceTarget(app.http)


async def test_a_post_goes_into_the_store_of_the_service(app: App, target: ServiceTarget) -> None:
    await target.greet()
    assert await target.is_well()
    assert await target.put(UPLOAD)
    stored = await app.store.get_posts([UPLOAD.media_id], with_vectors=True)
    read = await target.get([UPLOAD.media_id, "none"], with_vectors=True)
    (expected,), (found,) = stored.values(), read.values()
    assert found.visual == pytest.approx(expected.visual)
    assert found.text == pytest.approx(expected.text)
    assert replace(found, visual=None, text=None) == replace(expected, visual=None, text=None)
    assert (found.likes, found.comments, found.media_url) == (3, 1, "2024/1.png")
    assert (await target.get([UPLOAD.media_id]))[UPLOAD.media_id].visual is None


async def test_a_video_goes_there_from_its_file(tmp_path: Path) -> None:
    upload = replace(UPLOAD, medium=made_video(content_hash=f"sha256:{sha256(MP4).hexdigest()}"))
    async with open_app(tmp_path, decoder=FakeDecoder()) as app:
        target = ServiceTarget(app.http)
        made = await target.make(upload)
        assert await target.put(upload)
        assert not await target.put(upload)
        found = (await target.get([UPLOAD.media_id], with_vectors=True))[UPLOAD.media_id]
    assert (found.media_type, found.content_hash) == ("video", upload.content_hash)
    assert (found.duration_s, found.frame_times_s) == (3.0, (0.5, 1.5, 2.5))
    assert found.representative_time_s == 1.5
    assert made.visual == pytest.approx(found.visual)
    assert (made.duration_s, made.frame_times_s) == (found.duration_s, found.frame_times_s)


async def test_what_is_there_stays(app: App, target: ServiceTarget) -> None:
    assert await target.known([UPLOAD.media_id]) == set()
    assert await target.put(UPLOAD)
    assert await target.known([UPLOAD.media_id, "none"]) == {UPLOAD.media_id}
    assert not await target.put(UPLOAD)
    assert not await target.put(replace(UPLOAD, author_id="bob"))
    assert (await app.store.get_posts([UPLOAD.media_id]))[UPLOAD.media_id].author_id == "ann"


async def test_a_post_is_deleted(target: ServiceTarget) -> None:
    await target.put(UPLOAD)
    await target.delete(UPLOAD.media_id)
    await target.delete(UPLOAD.media_id)
    assert await target.get([UPLOAD.media_id]) == {}


async def test_what_is_made_is_what_would_be_stored(target: ServiceTarget) -> None:
    made = await target.make(UPLOAD)
    assert await target.get([UPLOAD.media_id]) == {}
    await target.put(UPLOAD)
    stored = (await target.get([UPLOAD.media_id], with_vectors=True))[UPLOAD.media_id]
    assert made.visual == pytest.approx(stored.visual)
    assert made.text == pytest.approx(stored.text)
    assert replace(made, visual=None, text=None) == replace(
        stored, visual=None, text=None, perceptual_hash=None
    )


async def test_a_post_that_was_stored_in_part_is_not_done(app: App, target: ServiceTarget) -> None:
    models = app.services.models
    assert isinstance(models, FakeModels)
    models.fail("read_text")
    with pytest.raises(InferenceUnavailable, match="models failed to give: ocr"):
        await target.put(UPLOAD)
    with pytest.raises(InferenceUnavailable, match="models failed to give: ocr"):
        await target.make(UPLOAD)
    assert await target.known([UPLOAD.media_id]) == set()
    models.failing.clear()
    await target.put(UPLOAD)
    assert await target.known([UPLOAD.media_id]) == {UPLOAD.media_id}


async def test_without_models_the_service_is_not_well(app: App, target: ServiceTarget) -> None:
    models = app.services.models
    assert isinstance(models, FakeModels)
    models.fail("embed_image", "embed_text")
    assert not await target.is_well()
    with pytest.raises(Unavailable):
        await target.put(UPLOAD)


async def test_what_the_service_refuses_is_the_posts_own_failure(target: ServiceTarget) -> None:
    refused: tuple[tuple[Upload, type[FeedlensError], str], ...] = (
        (replace(UPLOAD, likes=-1), InvalidRequest, "answered 422: body.likes"),
        (replace(UPLOAD, caption="x" * 10_001), TooLarge, "answered 413"),
    )
    for upload, kind, message in refused:
        with pytest.raises(kind, match=message):
            await target.put(upload)


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> ServiceTarget:
    return ServiceTarget(
        httpx.AsyncClient(base_url="http://feedlens", transport=httpx.MockTransport(answer))
    )


def problem(status: int, slug: str, **headers: str) -> ServiceTarget:
    body = {"type": f"urn:feedlens:problem:{slug}", "detail": "why"}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return answering(lambda _: httpx.Response(status, json=body, headers=names))


@pytest.mark.parametrize(
    ("status", "slug", "kind"),
    [
        (422, "undecodable-media", UndecodableMedia),
        (409, "fingerprint-mismatch", FingerprintMismatch),
        (408, "slow-client", Unavailable),
        (500, "internal-error", Unavailable),
        (502, "bad-gateway", Unavailable),
        (401, "unauthorized", StartupError),
    ],
)
async def test_problems_are_what_they_were_over_there(
    status: int, slug: str, kind: type[FeedlensError]
) -> None:
    with pytest.raises(kind, match=f"the orchestrator answered {status}: why"):
        await problem(status, slug).put(UPLOAD)


async def test_it_comes_back_when_it_is_asked_to() -> None:
    with pytest.raises(Unavailable) as caught:
        await problem(503, "unavailable", Retry_After="7").put(UPLOAD)
    assert caught.value.retry_after_s == 7
    with pytest.raises(Unavailable) as caught:
        await problem(503, "unavailable").put(UPLOAD)
    assert caught.value.retry_after_s == 2


async def test_a_service_that_is_gone_is_unavailable() -> None:
    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    target = answering(gone)
    with pytest.raises(StoreUnavailable, match="http://feedlens: connection refused"):
        await target.put(UPLOAD)
    assert not await target.is_well()
    with pytest.raises(StartupError, match="no orchestrator answers at http://feedlens"):
        await target.greet()


async def test_another_service_is_not_taken_for_one() -> None:
    target = answering(lambda _: httpx.Response(200, text="hello"))
    with pytest.raises(StartupError, match="is no orchestrator"):
        await target.greet()
