"""Files that ask their reader to open another one: nothing is read that was not uploaded."""

import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.decoder_children import check_none_left
from tests.support.orchestrator import ServedOrchestrator
from tests.support.problems import check_problem
from tests.support.videos import Scene, landscape, video

WITHIN_S = 14.0
MARKED = "the moon is hollow"


def scenes() -> bytes:
    """A video that can be read."""
    return video(Scene(landscape(1), 1.0, step_px=1), Scene(landscape(2), 1.0))


class Visited(http.server.BaseHTTPRequestHandler):
    """Notes who asks."""

    paths: list[str] = []  # noqa: RUF012 - of the class, as handlers are made per request

    def do_GET(self) -> None:
        """Someone followed a link."""
        self.paths.append(self.path)
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def bait() -> Iterator[str]:
    """A server's address, and what fails if it is asked for anything."""
    Visited.paths = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Visited)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()
    assert Visited.paths == []


def playlists(target: str) -> dict[str, bytes]:
    """Files that ask their reader to open another one."""
    dash = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
        f'<Period><AdaptationSet mimeType="video/mp4"><Representation id="1">'
        f"<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )
    hls = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n"
    return {
        "ffconcat": f"ffconcat version 1.0\nfile '{target}'\n".encode(),
        "ffconcat, unmarked": f"file '{target}'\n".encode(),
        "HLS": hls.encode(),
        "HLS, by a key": hls.replace(
            "#EXTINF", f'#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n#EXTINF'
        ).encode(),
        "DASH": dash.encode(),
        "SDP": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\n"
        b"t=0 0\r\nm=video 5004 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
        "SVG": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{target}"/></svg>'.encode(),
        "MOV by reference": _reference_movie(target),
    }


def _reference_movie(target: str) -> bytes:
    """QuickTime's own: its only atom says where the movie is."""
    url = target.encode() + b"\0"
    data = _box(b"rdrf", bytes(4) + b"url " + len(url).to_bytes(4, "big") + url)
    return _box(b"ftyp", b"qt  \0\0\0\0qt  ") + _box(b"moov", _box(b"rmra", _box(b"rmda", data)))


def _box(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


@pytest.mark.parametrize("kind", playlists(""))
@pytest.mark.parametrize("name", ["list.txt", "movie.mp4"])
def test_a_playlist_opens_nothing(
    stack: ServedOrchestrator, bait: str, tmp_path: Path, kind: str, name: str
) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(scenes())
    (tmp_path / "secret.txt").write_text(MARKED)
    targets = (f"{bait}/clip.mp4", str(secret), f"file://{secret}", str(tmp_path / "secret.txt"))
    for target in targets:
        start_s = time.monotonic()
        file = (name, playlists(target)[kind])
        answer = stack.http.post("/extract-multimodal", files={"file": file})
        check_problem(answer, 422, "")
        assert MARKED not in answer.text
        assert time.monotonic() - start_s < WITHIN_S
    check_none_left(stack.process.pid)


def test_a_track_that_lies_in_another_file(
    stack: ServedOrchestrator, bait: str, tmp_path: Path
) -> None:
    """An MP4's data reference names a file: what is decoded is in the upload, or nothing is."""
    good = scenes()
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(good)
    for target in (f"{bait}/clip.mp4", str(secret)):
        answer = stack.http.post("/extract-multimodal", files={"file": _elsewhere(good, target)})
        check_problem(answer, 422, "")


def _elsewhere(mp4: bytes, target: str) -> bytes:
    """The MP4 without its frames, whose index says that they are in another file."""
    index = mp4.rindex(b"moov") - 4
    moov = mp4[index : index + int.from_bytes(mp4[index : index + 4], "big")]
    at = moov.index(b"dref") - 4
    size = int.from_bytes(moov[at : at + 4], "big")
    entry = _box(b"url ", bytes(4) + target.encode() + b"\0")
    other = _box(b"dref", bytes(4) + (1).to_bytes(4, "big") + entry)
    grown = len(other) - size
    changed = bytearray(moov[:at] + other + moov[at + size :])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        where = changed.index(name) - 4
        old = int.from_bytes(changed[where : where + 4], "big")
        changed[where : where + 4] = (old + grown).to_bytes(4, "big")
    return mp4[: mp4.index(b"mdat") - 4] + _box(b"mdat", b"") + bytes(changed)
