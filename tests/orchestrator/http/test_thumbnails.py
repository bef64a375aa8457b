"""GET /v1/media/{id}/thumbnail, over the real app on made models."""

import asyncio
import io
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from orchestrator.errors import UndecodableMedia
from orchestrator.frames.process import THUMBNAIL_PX
from orchestrator.media.parameters import MediaParameters
from orchestrator.settings import Settings
from tests.orchestrator.media.media_server import body, serve_media
from tests.support.app import App, open_app
from tests.support.fake_decoder import MP4, THUMBNAIL, FakeDecoder
from tests.support.fake_models import Gate
from tests.support.pictures import with_orientation
from tests.support.problems import check_problem
from tests.support.uploads import plain
from tests.support.videos import Scene, video
from tests.support.videos import plain as one_colour

PICTURE = plain()
TAG = f'"{sha256(PICTURE).hexdigest()}"'


@pytest.fixture
def decoder() -> FakeDecoder:
    return FakeDecoder()


@pytest.fixture
async def app(tmp_path: Path, decoder: FakeDecoder) -> AsyncIterator[App]:
    settings = Settings(uploads_path=tmp_path / "uploads")
    async with open_app(tmp_path, settings, decoder=decoder) as opened:
        yield opened


async def publish(
    app: App, media_id: str = "m1", file: bytes | None = PICTURE, **fields: str
) -> None:
    form = {"media_id": media_id, "author_id": "ann", "caption": "A cat", **fields}
    files = {"file": file} if file is not None else {}
    answer = await app.http.post("/v1/media", data=form, files=files)
    assert answer.status_code == 201, answer.text


async def ask(app: App, media_id: str = "m1", **headers: str) -> httpx.Response:
    path = f"/v1/media/{quote(media_id, safe='')}/thumbnail"
    return await app.http.get(path, headers=headers)


@pytest.mark.parametrize("file", [PICTURE, MP4], ids=["picture", "video"])
async def test_it_is_a_jpeg_that_may_be_cached(app: App, decoder: FakeDecoder, file: bytes) -> None:
    await publish(app, file=file)
    decoder.asked.clear()
    for _ in range(2):
        answer = await ask(app)
        assert (answer.status_code, answer.content) == (200, THUMBNAIL)
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, max-age=300"
        assert answer.headers["ETag"] == f'"{sha256(file).hexdigest()}"'
    # A video's was made with its frames, which are still in memory.
    assert decoder.asked == ([f"sha256:{sha256(PICTURE).hexdigest()}"] if file == PICTURE else [])


@pytest.mark.parametrize("named", [TAG, f"W/{TAG}", f'"x", {TAG}', "*"])
async def test_what_the_client_has_is_not_sent_again(
    app: App, decoder: FakeDecoder, named: str
) -> None:
    await publish(app)
    answer = await ask(app, **{"If-None-Match": named})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == TAG
    assert decoder.asked == []
    assert (await ask(app, **{"If-None-Match": '"x"'})).status_code == 200


async def test_posted_anew_under_its_id_it_is_another(app: App, decoder: FakeDecoder) -> None:
    await publish(app)
    assert (await ask(app)).headers["ETag"] == TAG
    assert (await app.http.delete("/v1/media/m1")).status_code == 204
    check_problem(await ask(app), 404, "no post has media_id 'm1'")
    await publish(app, file=plain("red"))
    answer = await ask(app, **{"If-None-Match": TAG})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != TAG
    assert len(decoder.asked) == 2


async def test_what_has_none_is_a_404_that_says_why(app: App, tmp_path: Path) -> None:
    check_problem(await ask(app, "nobody"), 404, "no post has media_id 'nobody'")
    await publish(app, "text", file=None)
    check_problem(await ask(app, "text"), 404, "'text' has no thumbnail: it is only text")
    async with open_app(tmp_path / "other") as forgetful:
        await publish(forgetful)
        check_problem(await ask(forgetful), 404, "FEEDLENS_UPLOADS_PATH names a folder")


async def test_what_is_away_for_a_moment_is_a_503(tmp_path: Path, decoder: FakeDecoder) -> None:
    media = MediaParameters(allowed_hosts=("127.0.0.1",), private_networks=("127.0.0.1/32",))
    async with (
        serve_media({"/cat": body(b"busy", "503 Service Unavailable")}) as server,
        open_app(tmp_path, Settings(media=media), decoder=decoder) as app,
    ):
        await publish(app, media_url=server.url("/cat"))
        away = await ask(app)
        check_problem(away, 503, "the medium of 'm1' is away for now (http-status)")
        assert away.headers["Retry-After"] == "2"
        assert str(server.port) not in away.text
        server.answers["/cat"] = body(b"none", "404 Not Found")
        check_problem(await ask(app), 404, "its medium can't be had (http-status)")
        server.answers["/cat"] = body(PICTURE)
        assert (await ask(app)).content == THUMBNAIL


async def test_a_page_of_new_ones_keeps_no_upload_out(tmp_path: Path, decoder: FakeDecoder) -> None:
    settings = Settings(uploads_path=tmp_path / "uploads", max_concurrent_extractions=1)
    async with open_app(tmp_path, settings, decoder=decoder) as app:
        ids = [f"m{number}" for number in range(50)]
        for an_id in ids:
            await publish(app, an_id)
        gate = decoder.gate = Gate()
        asking = [asyncio.create_task(ask(app, an_id)) for an_id in ids]
        await gate.came.wait()
        await publish(app, "meanwhile")
        gate.set()
        answers = await asyncio.gather(*asking)
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, THUMBNAIL)] * 50


async def test_what_can_not_be_decoded_is_said(app: App, decoder: FakeDecoder) -> None:
    await publish(app)
    decoder.failing = UndecodableMedia("the picture is truncated")
    check_problem(await ask(app), 422, "the picture is truncated")


@pytest.mark.parametrize(
    "media_id", ["a/b", "π/ü ☃", "../../etc/passwd", "a?b#c", "%2F", "u" * 256]
)
async def test_any_id_has_one(app: App, media_id: str) -> None:
    await publish(app, media_id)
    assert (await ask(app, media_id)).content == THUMBNAIL


@pytest.mark.parametrize("media_id", ["a/thumbnail", "/thumbnail", "x/" * 122 + "x/thumbnail"])
async def test_an_id_may_end_as_the_route_does(app: App, media_id: str) -> None:
    path = f"/v1/media/{quote(media_id, safe='')}"
    await publish(app, media_id)
    found = await app.http.get(path)
    assert found.status_code == 200
    assert (found.json()["media_id"], found.json()["caption"]) == (media_id, "A cat")
    with_vectors: dict[str, Any] = (await app.http.get(f"{path}?vectors=true")).json()
    assert with_vectors == {**found.json(), "visual_embedding": [1, 0, 0, 0]} | {
        "text_embedding": [0, 1, 0]
    }
    assert (await ask(app, media_id)).content == THUMBNAIL
    if shorter := media_id.removesuffix("/thumbnail"):
        await publish(app, shorter)
        assert (await app.http.get(path)).content == THUMBNAIL
    assert (await app.http.delete(path)).status_code == 204
    check_problem(await ask(app, media_id), 404, "no post has media_id")


async def test_real_ones_are_small_and_upright(tmp_path: Path) -> None:
    lying = with_orientation(Image.new("RGB", (1200, 600), "teal"), 6)
    moving = video(Scene(one_colour("orange", (640, 360)), 1))
    async with open_app(tmp_path, Settings(uploads_path=tmp_path / "uploads")) as app:
        await publish(app, "picture", lying)
        await publish(app, "video", moving)
        found = {an_id: (await ask(app, an_id)).content for an_id in ("picture", "video")}
    sizes, colours = {}, {}
    for an_id, jpeg in found.items():
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
            sizes[an_id] = image.size
            colours[an_id] = image.convert("RGB").getpixel((100, 100))
    assert all(max(size) == THUMBNAIL_PX for size in sizes.values())
    assert sizes["picture"][1] == 2 * sizes["picture"][0]
    assert sizes["video"][0] * 9 == sizes["video"][1] * 16
    assert colours["picture"] == pytest.approx((0, 128, 128), abs=6)
    assert colours["video"] == pytest.approx((255, 165, 0), abs=12)
