import hashlib
import subprocess
import sys
from collections.abc import Callable

import pytest
from PIL import Image

from orchestrator.content.picture import inspect
from orchestrator.errors import InvalidRequest, TooLarge, UndecodableMedia
from tests.support.pictures import bomb, encoded, exif_last, hollow_bomb
from tests.support.uploads import plain

MAX_PIXELS = 50_000_000

_ASK = """
import re, resource, sys
from pathlib import Path

# Here and not by `preexec_fn`: what runs between fork and exec meets gRPC's threads of other tests.
resource.setrlimit(resource.RLIMIT_AS, (2 * 10**9, 2 * 10**9))

from orchestrator.errors import FeedlensError
from orchestrator.content.picture import inspect
from orchestrator.http.problems import problem_of

try:
    inspect(sys.stdin.buffer.read(), max_pixels=50_000_000)
except FeedlensError as exc:
    # Of this program alone: rusage counts the tests' own process, which it was forked from, too.
    status = Path("/proc/self/status").read_text()
    print(problem_of(exc).status_code, int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) // 1024)
"""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_kinds_are_known_by_content(kind: str) -> None:
    data = plain(size=(30, 20), kind=kind)
    picture = inspect(data, max_pixels=MAX_PIXELS)
    assert (picture.width, picture.height) == (30, 20)
    assert picture.content_hash == "sha256:" + hashlib.sha256(data).hexdigest()


def _same(data: bytes) -> bytes:
    return data


@pytest.mark.parametrize(
    ("kind", "placed"),
    [("JPEG", _same), ("PNG", _same), ("PNG", exif_last), ("WEBP", _same), ("AVIF", _same)],
)
@pytest.mark.parametrize(("orientation", "size"), [(3, (30, 20)), (6, (20, 30)), (8, (20, 30))])
def test_a_picture_on_its_side_is_measured_upright(
    kind: str, placed: Callable[[bytes], bytes], orientation: int, size: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = placed(encoded(Image.new("RGB", (30, 20)), kind, exif=exif.tobytes()))
    picture = inspect(data, max_pixels=MAX_PIXELS)
    assert (picture.width, picture.height) == size


@pytest.mark.parametrize(
    ("kind", "exif"),
    [
        ("JPEG", b"Exif\0\0nothing"),
        ("PNG", b"Exif\0\0nothing"),
        ("PNG", b"Exif\0\0MM\0*\xff\xff\xff\xff"),
    ],
)
def test_a_picture_with_broken_exif_is_measured_as_stored(kind: str, exif: bytes) -> None:
    data = encoded(Image.new("RGB", (30, 20)), kind, exif=exif)
    picture = inspect(data, max_pixels=MAX_PIXELS)
    assert (picture.width, picture.height) == (30, 20)


def test_the_pixels_are_not_decoded() -> None:
    png = encoded(Image.new("RGB", (30, 20)), "PNG")
    at = png.index(b"IDAT") + 4
    picture = inspect(png[:at] + b"\xff" * 8 + png[at + 8 :], max_pixels=MAX_PIXELS)
    assert (picture.width, picture.height) == (30, 20)


@pytest.mark.parametrize(
    "size", [(2**20, 2**20), (2**31 - 1, 2**31 - 1), (2**32 - 1, 2**32 - 1), (2**31 - 1, 1)]
)
def test_a_small_file_of_endless_pixels_takes_no_memory(size: tuple[int, int]) -> None:
    # In a process of its own, so that only that one dies if they are decoded after all.
    asked = subprocess.run(
        [sys.executable, "-c", _ASK],
        input=hollow_bomb(*size),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr.decode()
    status, peak_mb = map(int, asked.stdout.split())
    assert status == 413
    assert peak_mb < 300


@pytest.mark.parametrize("size", [(65_536, 1), (1, 65_536)])
def test_a_side_that_is_too_long(size: tuple[int, int]) -> None:
    with pytest.raises(TooLarge, match="at most 65,535"):
        inspect(bomb(*size), max_pixels=MAX_PIXELS)


def test_the_longest_side() -> None:
    assert inspect(bomb(1, 65_535), max_pixels=MAX_PIXELS).height == 65_535


@pytest.mark.parametrize("size", [(30_000, 30_000), (9_000, 9_000), (8_000, 7_000)])
def test_more_pixels_than_the_limit(size: tuple[int, int]) -> None:
    # above Pillow's own error, above its warning, above our limit alone
    with pytest.raises(TooLarge, match="at most 50,000,000"):
        inspect(bomb(*size), max_pixels=MAX_PIXELS)


@pytest.mark.parametrize("data", [b"GIF89a", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", b"\0" * 1000])
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(UndecodableMedia):
        inspect(data, max_pixels=MAX_PIXELS)


def test_nothing() -> None:
    with pytest.raises(InvalidRequest, match="empty"):
        inspect(b"", max_pixels=MAX_PIXELS)
