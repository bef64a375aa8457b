"""Uploads that lie, through the real decoder in its real process: nothing else is read."""

import asyncio
import http.server
import logging
import random
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

import av
import psutil
import pytest
from PIL import Image

from decoding.protocol import Container
from orchestrator.content.disk_file import DiskFile
from orchestrator.content.picture import inspect
from orchestrator.content.video import Sampled, Video
from orchestrator.deadline import Deadline
from orchestrator.errors import TooLarge, UndecodableMedia
from orchestrator.frames.parameters import VideoParameters
from orchestrator.frames.process import ProcessDecoder
from tests.support import odd_videos, referring_mp4
from tests.support.videos import Scene, landscape, plain, video

CONTAINERS: list[Container] = ["mp4", "matroska", "gif", "webp"]


@pytest.fixture(autouse=True)
def _nothing_stays(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG, logger="orchestrator.frames")
    children = psutil.Process().children(recursive=True)
    yield
    assert psutil.Process().children(recursive=True) == children
    # All that any upload makes it import was imported before it was locked in.
    assert "No module named" not in caplog.text


@pytest.fixture(scope="module")
def film() -> bytes:
    """A good video, whose pictures may not come out of another upload."""
    return video(Scene(landscape(1), 1.0), Scene(landscape(2), 1.0))


async def sampled(data: bytes, container: Container = "mp4") -> Sampled:
    """What the real decoder makes of an upload."""
    decoder = ProcessDecoder(VideoParameters(timeout_s=30), max_pictures_pixels=50_000_000)
    video = Video(DiskFile.of(data), "sha256:0", container)
    return await decoder.sample(video, Deadline.after(60))


async def refused(data: bytes, container: Container = "mp4") -> str:
    """Why an upload is not taken."""
    with pytest.raises((UndecodableMedia, TooLarge)) as raised:
        await sampled(data, container)
    detail: str = raised.value.detail
    assert "crashed" not in detail
    assert "/" not in detail
    return detail


@contextmanager
def watched_server(answer: bytes) -> Iterator[tuple[str, list[str]]]:
    """An HTTP server on this machine that would serve a video, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/film.mp4", asked
        finally:
            server.shutdown()
            thread.join()


def playlists(*places: str) -> dict[str, bytes]:
    """Uploads of which some demuxer of FFmpeg would open other files or addresses."""
    listed = "".join(f"file '{place}'\nduration 2\n" for place in places)
    segments = "".join(f"#EXTINF:2,\n{place}\n" for place in places)
    addresses = "".join(f"<BaseURL>{place}</BaseURL>" for place in places)
    texts = {
        "ffconcat": f"ffconcat version 1.0\n{listed}",
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{segments}#EXT-X-ENDLIST\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
        "<Period><AdaptationSet mimeType='video/mp4'><Representation id='1'>"
        f"{addresses}</Representation></AdaptationSet></Period></MPD>",
    }
    return {name: text.encode() for name, text in texts.items()}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("kind", sorted(playlists()))
async def test_a_playlist_is_read_as_the_broken_video_that_it_is(
    kind: str, container: Container, film: bytes, tmp_path: Path
) -> None:
    local = tmp_path / "film.mp4"
    local.write_bytes(film)
    with watched_server(film) as (address, asked):
        await refused(playlists(str(local), local.as_uri(), address)[kind], container)
        assert asked == []


@pytest.mark.parametrize("kind", ["alis", "url "])
async def test_an_mp4_does_not_show_another_file_that_it_names(
    kind: str, film: bytes, tmp_path: Path
) -> None:
    local = tmp_path / "film.mp4"
    local.write_bytes(film)
    lying = referring_mp4.of(film, kind, local)
    await refused(lying)


def test_such_an_mp4_is_a_true_danger(film: bytes, tmp_path: Path) -> None:
    local = tmp_path / "film.mp4"
    local.write_bytes(film)
    lying = tmp_path / "lying.mp4"
    lying.write_bytes(referring_mp4.of(film, "alis", local))
    careless = {"enable_drefs": "1", "use_absolute_path": "1"}
    with av.open(str(lying), options=careless) as opened:
        assert sum(1 for _ in opened.decode(video=0)) == 20


@pytest.mark.parametrize("share", [0.05, 0.3])
async def test_a_video_that_is_cut_off_is_refused(share: float, film: bytes) -> None:
    assert "damaged or cut off" in await refused(odd_videos.cut_short(film, share))


@pytest.mark.parametrize("seed", range(3))
async def test_random_bytes_are_refused(seed: int) -> None:
    noise = random.Random(seed).randbytes(200_000)
    starts: dict[Container, bytes] = {
        "mp4": struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0),
        "matroska": b"\x1a\x45\xdf\xa3\x8f\x42\x82\x84webm",
        "gif": b"GIF89a\x40\x01\xb4\x00\xf7\x00\x00",
        "webp": b"RIFF\x40\x0d\x03\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00",
    }
    for container, start in starts.items():
        await refused(start + noise, container)


@pytest.mark.parametrize("container", ["matroska", "gif", "webp"])
async def test_another_container_than_it_was_told_is_refused(
    container: Container, film: bytes
) -> None:
    await refused(film, container)


async def test_an_empty_upload_is_refused() -> None:
    for container in CONTAINERS:
        await refused(b"", container)


@pytest.mark.parametrize("seed", range(8))
async def test_flipped_bytes_never_cost_more_than_the_upload(seed: int, film: bytes) -> None:
    rng = random.Random(seed)
    broken = bytearray(film)
    for _ in range(40):
        broken[rng.randrange(len(broken))] = rng.randrange(256)
    with suppress(UndecodableMedia, TooLarge):
        found = await sampled(bytes(broken))
        assert 1 <= len(found.frames) <= 8


async def test_bombs_end_in_time() -> None:
    started = time.monotonic()
    decoder = ProcessDecoder(VideoParameters(), max_pictures_pixels=50_000_000)
    bombs: list[tuple[bytes, Container]] = [
        (odd_videos.huge_gif_canvas(), "gif"),
        (odd_videos.eight_k(), "mp4"),
        (odd_videos.twelve_hours(), "mp4"),
    ]
    for data, container in bombs:
        with pytest.raises(TooLarge):
            await decoder.sample(Video(DiskFile.of(data), "x", container), Deadline.after(20))
    assert time.monotonic() - started < 30


async def test_a_picture_has_a_thumbnail() -> None:
    file = BytesIO()
    Image.fromarray(plain("navy", (1600, 800))).save(file, "PNG")
    decoder = ProcessDecoder(VideoParameters(), max_pictures_pixels=50_000_000)
    picture = inspect(file.getvalue(), max_pixels=50_000_000)
    thumbnail = await decoder.thumbnail(picture, Deadline.after(20))
    with Image.open(BytesIO(thumbnail)) as image:
        assert (image.format, image.size) == ("JPEG", (480, 240))


async def test_requests_at_the_same_time_are_apart(film: bytes) -> None:
    first, second = await asyncio.gather(sampled(film), sampled(film))
    assert first == second
    assert first.duration_s == pytest.approx(2.0, abs=0.11)
    assert (first.width, first.height) == (320, 180)
    assert len(first.frames) == 2
    assert first.representative in first.frames
