import tempfile
import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest

from orchestrator.content.disk_file import DiskFile
from orchestrator.content.picture import Picture, inspect
from orchestrator.content.recognise import MediumLimits, recognise, recognise_picture
from orchestrator.content.video import Video
from orchestrator.errors import InvalidRequest, TooLarge, UndecodableMedia, UnsupportedKind
from tests.support.full_disk import full_disk
from tests.support.limits import LIMITS
from tests.support.pictures import encoded, hollow_bomb, noise
from tests.support.uploads import plain
from tests.support.videos import Scene, landscape, video

GIF = encoded(
    noise(16, 12), "GIF", save_all=True, append_images=[noise(16, 12, seed=1)], duration=100
)
WEBP = encoded(
    noise(16, 12), "WEBP", save_all=True, append_images=[noise(16, 12, seed=1)], duration=100
)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF"])
def test_a_picture_is_read(kind: str) -> None:
    data = plain(kind=kind)
    expected = inspect(data, max_pixels=LIMITS.max_pixels)
    assert recognise(data, LIMITS) == expected
    assert recognise(DiskFile.of(data), LIMITS) == expected
    assert recognise_picture(DiskFile.of(data), LIMITS) == expected


@pytest.mark.parametrize(
    ("data", "container"),
    [
        (video(Scene(landscape(1), 0.3)), "mp4"),
        (video(Scene(landscape(1), 0.3), container="mov"), "mp4"),
        (video(Scene(landscape(1), 0.3), container="webm"), "matroska"),
        (video(Scene(landscape(1), 0.3), container="mkv"), "matroska"),
        (GIF, "gif"),
        (WEBP, "webp"),
    ],
    ids=["mp4", "mov", "webm", "mkv", "gif", "webp"],
)
def test_a_video_stays_on_disk(data: bytes, container: str) -> None:
    for upload in (data, DiskFile.of(data)):
        medium = recognise(upload, LIMITS)
        assert isinstance(medium, Video)
        assert medium.container == container
        assert medium.content_hash == f"sha256:{sha256(data).hexdigest()}"
        with medium.file.open() as file:
            assert file.read() == data


@pytest.mark.parametrize("data", [GIF, WEBP], ids=["gif", "webp"])
def test_where_a_picture_is_needed_an_animation_is_one(data: bytes) -> None:
    assert recognise_picture(data, LIMITS) == inspect(data, max_pixels=LIMITS.max_pixels)


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (video(Scene(landscape(1), 0.3)), r"a video \(MP4 or QuickTime\), and a picture is needed"),
        (b"\x1a\x45\xdf\xa3", r"a video \(WebM or Matroska\), .* send one of its frames"),
        (b"RIFF\0\0\0\0AVI ", r"a video \(AVI\), which is not read; .* GIF, BMP, AVIF$"),
        (b"words", r"^the file is not a picture of a known kind \(JPEG, .* AVIF\)$"),
    ],
)
def test_where_a_picture_is_needed_a_video_is_refused(data: bytes, detail: str) -> None:
    with pytest.raises(UndecodableMedia, match=detail):
        recognise_picture(data, LIMITS)


@pytest.mark.parametrize(
    ("data", "error", "detail"),
    [
        (b"", InvalidRequest, "^the uploaded file is empty$"),
        (b"words", UndecodableMedia, r"not a picture of a known kind \(JPEG, .*, nor a video"),
        (b"\xff\xd8\xff", UndecodableMedia, "not a picture of a known kind|header can't be read"),
        (b"<html>", UndecodableMedia, "a web page, neither a picture nor a video"),
        (b"#EXTM3U", UnsupportedKind, r"a playlist \(M3U or HLS\), which is not read; pictures "),
        (b"\0\0\0\x0cftypheic", UnsupportedKind, "a picture as HEIC, which is not read; "),
        (b"\0\0\0\x0cftypmif1", UnsupportedKind, "a picture as HEIF, which is not read; "),
        (hollow_bomb(2000, 2000), TooLarge, "4,000,000 pixels; at most 1,000,000"),
    ],
)
def test_what_is_not_read_is_named(data: bytes, error: type[Exception], detail: str) -> None:
    for upload in (data, DiskFile.of(data)):
        with pytest.raises(error, match=detail):
            recognise(upload, LIMITS)


def test_pictures_and_videos_have_limits_of_their_own(tmp_path: Path) -> None:
    limits = MediumLimits(max_pixels=10_000, max_picture_bytes=999, max_video_bytes=1999)
    for head, size, kind, most in (
        (b"\xff\xd8\xff", 1000, r"a picture \(JPEG\)", "999"),
        (b"\x1a\x45\xdf\xa3", 2000, r"a video \(WebM or Matroska\)", "1,999"),
    ):
        detail = rf"^the file is {kind} of {size:,} bytes; at most {most} are accepted$"
        with pytest.raises(TooLarge, match=detail):
            recognise(head.ljust(size, b"\0"), limits)
    assert isinstance(recognise(b"\x1a\x45\xdf\xa3".ljust(1999, b"\0"), limits), Video)


def test_a_large_file_is_not_read_into_memory() -> None:
    limits = MediumLimits(max_pixels=10**6, max_picture_bytes=10**6, max_video_bytes=10**9)
    with tempfile.TemporaryFile() as file:
        file.write(video(Scene(landscape(1), 0.3)))
        file.truncate(200_000_000)
        large = DiskFile(file)
    tracemalloc.start()
    try:
        assert isinstance(recognise(large, limits), Video)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_full_disk_is_told_as_such() -> None:
    with full_disk(), pytest.raises(OSError, match="File too large"):
        recognise(GIF, LIMITS)
    with full_disk():
        assert isinstance(recognise(plain(), LIMITS), Picture)
