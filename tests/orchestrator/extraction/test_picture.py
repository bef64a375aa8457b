import hashlib

import pytest
from PIL import Image

from orchestrator.errors import InvalidRequest, TooLarge, UndecodableMedia
from orchestrator.extraction.picture import inspect
from tests.support.pictures import bomb, encoded
from tests.support.uploads import plain

MAX_PIXELS = 50_000_000


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_kinds_are_known_by_content(kind: str) -> None:
    data = plain(size=(30, 20), kind=kind)
    picture = inspect(data, max_pixels=MAX_PIXELS)
    assert (picture.width, picture.height) == (30, 20)
    assert picture.content_hash == "sha256:" + hashlib.sha256(data).hexdigest()


def test_a_picture_on_its_side_is_measured_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(Image.new("RGB", (30, 20)), "JPEG", exif=exif)
    picture = inspect(data, max_pixels=MAX_PIXELS)
    assert (picture.width, picture.height) == (20, 30)


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
