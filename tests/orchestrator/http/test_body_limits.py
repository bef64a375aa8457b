"""How large and how slow a body may be, by the route that it is for."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from orchestrator.app import TAKING_VIDEOS
from orchestrator.errors import SlowClient, TooLarge
from orchestrator.frames.parameters import VideoParameters
from orchestrator.http.body_limits import BodyLimits
from orchestrator.settings import Settings
from tests.support.app import App, open_app
from tests.support.full_disk import full_disk
from tests.support.problems import check_problem
from tests.support.uploads import plain

FORM = {"media_id": "m1", "author_id": "ann"}
PATHS = [path for _, path in TAKING_VIDEOS]
SMALL = Settings(max_body_bytes=100_000, video=VideoParameters(max_bytes=3_000_000))
MATROSKA = b"\x1a\x45\xdf\xa3"


def peak_kb(*, anew: bool = False) -> int:
    """The most memory that this process has held; from now on if `anew`."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0])


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with open_app(tmp_path, SMALL) as opened:
        yield opened


def test_the_routes_that_take_videos_are_there(app: App) -> None:
    paths = app.http._transport.app.openapi()["paths"]  # type: ignore[attr-defined]
    assert [path for method, path in TAKING_VIDEOS if method.lower() in paths[path]] == PATHS


@pytest.mark.parametrize("path", PATHS)
async def test_a_picture_has_its_limit_where_videos_have_a_larger_one(app: App, path: str) -> None:
    picture = plain().ljust(100_001, b"\0")
    answer = await app.http.post(path, data=FORM, files={"file": picture})
    check_problem(answer, 413, "a picture (PNG) of 100,001 bytes; at most 100,000 are accepted")


@pytest.mark.parametrize("path", PATHS)
async def test_a_video_over_its_limit_is_refused(app: App, path: str) -> None:
    answer = await app.http.post(path, data=FORM, files={"file": MATROSKA.ljust(3_000_001, b"\0")})
    check_problem(answer, 413, "a video (WebM or Matroska) of 3,000,001 bytes; at most 3,000,000")
    answer = await app.http.post(path, data=FORM, files={"file": MATROSKA.ljust(5_000_001, b"\0")})
    check_problem(answer, 413, "the request's body is over 5,000,000 bytes")


@pytest.mark.parametrize("path", ["/embed-image", "/v1/search/visual", "/v1/events", "/nowhere"])
async def test_other_routes_have_the_smaller_limit(app: App, path: str) -> None:
    answer = await app.http.post(path, files={"file": MATROSKA.ljust(100_001, b"\0")})
    check_problem(answer, 413, "the request's body is over 100,000 bytes")


@pytest.mark.parametrize("path", ["/embed-image", "/v1/search/visual", "/v1/search/text"])
async def test_where_a_picture_is_needed_a_video_is_refused(app: App, path: str) -> None:
    answer = await app.http.post(path, files={"file": MATROSKA})
    check_problem(answer, 422, "a picture is needed here: send one of its frames")


@pytest.mark.parametrize("path", PATHS)
async def test_a_full_disk_is_told_and_passes(app: App, path: str) -> None:
    large = {"file": MATROSKA.ljust(2_500_000, b"\0")}
    with full_disk():
        answer = await app.http.post(path, data=FORM, files=large)
    check_problem(answer, 503, "the upload can't be put on disk now: File too large")
    assert answer.headers["Retry-After"] == "2"
    with full_disk():
        small = await app.http.post(path, data=FORM, files={"file": MATROSKA.ljust(2000, b"\0")})
    check_problem(small, 503, "the upload can't be put on disk now")


async def test_a_picture_that_fits_into_memory_needs_no_disk(app: App) -> None:
    with full_disk():
        answer = await app.http.post("/extract-ocr", files={"file": plain()})
    assert answer.status_code == 200, answer.text


async def test_a_large_upload_is_never_held_in_memory(tmp_path: Path) -> None:
    settings = Settings(video=VideoParameters(max_bytes=400_000_000))
    with tempfile.TemporaryFile() as file:
        file.write(b"RIFF\0\0\0\0AVI ")
        file.truncate(200_000_000)
        file.seek(0)
        async with open_app(tmp_path, settings) as app:
            before_kb = peak_kb(anew=True)
            answer = await app.http.post("/extract-multimodal", files={"file": file})
            after_kb = peak_kb()
    check_problem(answer, 422, "a video (AVI), which is not read")
    assert after_kb - before_kb < 30_000


class Body:
    """A body of so many pieces of 10 bytes, one each `every_s`, and what came of it."""

    def __init__(self, pieces: int, every_s: float) -> None:
        self._left = pieces
        self._every_s = every_s
        self.received = 0

    async def receive(self) -> Message:
        await asyncio.sleep(self._every_s)
        self._left -= 1
        return {"type": "http.request", "body": b"x" * 10, "more_body": self._left > 0}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads all of it."""
        more = True
        while more:
            message = await receive()
            self.received += len(message["body"])
            more = message["more_body"]

    async def sent(self, path: str, timeout_s: float) -> None:
        """Send it to where at most 100 bytes are taken, 300 by /large."""

        async def send(_: Message) -> None:
            raise AssertionError("nothing is answered")

        limits = BodyLimits(
            self.app,
            max_bytes=100,
            timeout_s=timeout_s,
            idle_timeout_s=5,
            larger={("POST", "/large"): 300},
        )
        scope: Scope = {"type": "http", "method": "POST", "path": path, "headers": []}
        await limits(scope, self.receive, send)


async def test_bytes_are_counted_by_the_route() -> None:
    for path, pieces, most in (("/small", 10, 100), ("/large", 30, 300)):
        body = Body(pieces, 0)
        await body.sent(path, timeout_s=5)
        assert body.received == most
        with pytest.raises(TooLarge, match=f"over {most} bytes"):
            await Body(pieces + 1, 0).sent(path, timeout_s=5)


async def test_each_part_of_a_large_body_has_its_time() -> None:
    body = Body(30, 0.02)
    await body.sent("/large", timeout_s=0.35)
    assert body.received == 300
    stalling = Body(30, 0.05)
    with pytest.raises(SlowClient, match="no more of the body came within"):
        await stalling.sent("/large", timeout_s=0.35)
    assert stalling.received < 100
