"""Videos that are broken, lie, or attack: a clear answer in time, and nothing is left behind."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import orchestrator
from tests.support.decoder_children import check_none_left
from tests.support.odd_videos import (
    audio_only,
    claiming_size,
    cut_short,
    eight_k,
    endless_gif,
    endless_mp4,
    endless_webp,
    huge_gif_canvas,
    no_stream,
    song_with_cover,
    twelve_hours,
    zero_frames,
)
from tests.support.orchestrator import ServedOrchestrator
from tests.support.problems import check_problem
from tests.support.triton import ServedTriton
from tests.support.uploads import plain
from tests.support.videos import Format, Scene, landscape, video

# What decoding may take (8 s), and what is around it on a busy machine.
WITHIN_S = 14.0


@pytest.fixture(autouse=True)
def _nothing_is_left(stack: ServedOrchestrator) -> Iterator[None]:
    """No process, no post; and pictures are served as before."""
    yield
    check_none_left(stack.process.pid)
    assert stack.http.get("/v1/media/bad").status_code == 404
    assert stack.http.post("/extract-ocr", files={"file": plain()}).status_code == 200


def scenes(container: Format = "mp4") -> bytes:
    """A good one."""
    return video(Scene(landscape(1), 2.0, step_px=1), Scene(landscape(2), 2.0), container=container)


BAD: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "cut off before its index": (lambda: cut_short(scenes(), 0.6), 422, "cut off"),
    "a head alone": (lambda: scenes()[:40], 422, ""),
    "WebM of a head alone": (lambda: scenes(container="webm")[:300], 422, ""),
    "no track": (no_stream, 422, "video"),
    "sound alone": (audio_only, 422, "video"),
    "sound alone, WebM": (lambda: audio_only("webm"), 422, "video"),
    "a song with its cover": (song_with_cover, 422, "video"),
    "zero frames": (zero_frames, 422, ""),
    "8K": (eight_k, 413, "7680"),
    "twelve hours": (twelve_hours, 413, "7,200"),
    "a canvas of 65,000 × 65,000": (huge_gif_canvas, 413, "65"),
    "noise behind an MP4's head": (lambda: scenes()[:32] + bytes(range(256)) * 400, 422, ""),
    "noise inside": (lambda: _scrambled(scenes()), 422, ""),
}


def _scrambled(mp4: bytes) -> bytes:
    """Its index is whole, its frames are not."""
    start, end = mp4.index(b"mdat") + 4, mp4.rindex(b"moov") - 4
    return mp4[:start] + bytes((start + n * 7) % 251 for n in range(end - start)) + mp4[end:]


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_can_not_be_read(stack: ServedOrchestrator, what: str) -> None:
    make, status, said = BAD[what]
    path = ("/extract-multimodal", "/extract-ocr", "/v1/media")[list(BAD).index(what) % 3]
    answer, took_s = send(stack, path, make())
    check_problem(answer, status, said)
    kind = {413: "too-large", 422: "undecodable-media"}[status]
    assert answer.json()["type"] == f"urn:feedlens:problem:{kind}"
    assert took_s < WITHIN_S


def send(stack: ServedOrchestrator, path: str, file: bytes) -> tuple[httpx.Response, float]:
    """The answer, and how long it took."""
    form = {"media_id": "bad", "author_id": "ann"} if path == "/v1/media" else {}
    start_s = time.monotonic()
    answer = stack.http.post(path, data=form, files={"file": ("v.mp4", file)})
    return answer, time.monotonic() - start_s


BOMBS: dict[str, Callable[[], bytes]] = {
    "100 minutes of large frames that differ in nothing": endless_mp4,
    "a GIF of 5,000 large frames": endless_gif,
    "a WebP of 5,000 large frames": endless_webp,
    "one that says another size than it has": lambda: claiming_size(scenes(), 4096, 2304),
    "one that says it has no size": lambda: claiming_size(scenes(), 0, 0),
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_bomb_is_answered_in_time(stack: ServedOrchestrator, what: str) -> None:
    """Frames that could be had in time are as good an answer as a refusal."""
    answer, took_s = send(stack, "/extract-multimodal", BOMBS[what]())
    assert took_s < WITHIN_S
    if answer.status_code != 200:
        assert answer.status_code in {413, 422}, answer.text
        check_problem(answer, answer.status_code, "")
    else:
        assert answer.json()["media_type"] == "video"


def test_more_bytes_than_a_video_may_have(triton: ServedTriton, tmp_path: Path) -> None:
    with orchestrator.serve(
        triton.grpc_url, tmp_path / "store", FEEDLENS_VIDEO__MAX_BYTES="30000000"
    ) as stack:
        good = scenes()
        padded = good + (31_000_000).to_bytes(4, "big") + b"free" + bytes(31_000_000 - 8)
        answer, _ = send(stack, "/extract-multimodal", padded)
        check_problem(answer, 413, "30,000,000")
        # More than pictures may have (25 MB) is nothing out of the ordinary for a video.
        fine, _ = send(stack, "/extract-multimodal", padded[:29_000_000])
        assert fine.status_code == 200, fine.text
