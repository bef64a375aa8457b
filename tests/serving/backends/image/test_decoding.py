"""Decoding: what is read, what is refused, and that neither depends on a file's name."""

import numpy as np
import pytest
from PIL import Image

from serving.backends.errors import InvalidInputError
from serving.backends.image.decoding import FORMATS, decode
from tests.support.pictures import bomb, encoded, noise, with_orientation

# How a camera that was held so has stored an upright picture.
_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_allowed_format_is_read(file_format: str) -> None:
    flat = Image.new("RGB", (40, 30), (200, 30, 60))
    image = decode(encoded(flat, file_format))
    assert (image.mode, image.size) == ("RGB", (40, 30))
    assert np.abs(np.asarray(image, dtype=int) - (200, 30, 60)).max() <= 8


@pytest.mark.parametrize("file_format", ["TIFF", "PPM", "ICO", "EPS", "PDF"])
def test_other_formats_are_refused(file_format: str) -> None:
    with pytest.raises(InvalidInputError, match="not an image in one of JPEG"):
        decode(encoded(noise(20, 20), file_format))


def test_lossless_pixels_arrive_unchanged() -> None:
    picture = noise(31, 17)
    assert decode(encoded(picture, "PNG")).tobytes() == picture.tobytes()


@pytest.mark.parametrize("orientation", _STORED)
def test_exif_orientation_is_applied(orientation: int) -> None:
    upright = Image.new("RGB", (64, 32), "white")
    upright.paste("red", (0, 0, 16, 16))
    decoded = decode(with_orientation(upright.transpose(_STORED[orientation]), orientation))
    assert decoded.size == (64, 32)
    pixels = np.asarray(decoded, dtype=int)
    assert np.abs(pixels[4, 4] - (255, 0, 0)).max() < 40
    assert np.abs(pixels[28, 60] - (255, 255, 255)).max() < 40


def test_broken_exif_leaves_the_picture_as_it_is_stored() -> None:
    sound = noise(20, 10)
    assert decode(encoded(sound, "JPEG", exif=b"Exif\0\0not a header at all")).size == (20, 10)


def test_transparency_is_composited_on_white() -> None:
    clear, half = Image.new("RGBA", (4, 4), (0, 0, 0, 0)), Image.new("RGBA", (4, 4), (0, 0, 0, 128))
    assert decode(encoded(clear, "PNG")).getpixel((0, 0)) == (255, 255, 255)
    assert decode(encoded(half, "PNG")).getpixel((0, 0)) == (127, 127, 127)


def test_the_transparent_colour_of_a_palette_is_white() -> None:
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([10, 20, 30, 40, 50, 60])
    assert decode(encoded(palette, "GIF", transparency=1)).getpixel((0, 0)) == (255, 255, 255)


def test_an_animation_is_its_first_frame() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(data).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff", b"<svg/>", bytes(5000)])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        decode(data)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_a_truncated_file_is_refused(file_format: str) -> None:
    data = encoded(noise(200, 200), file_format)
    with pytest.raises(InvalidInputError, match=r"damaged|truncated|not an image"):
        decode(data[: len(data) * 2 // 3])


def test_a_bomb_is_refused_by_its_header() -> None:
    data = bomb()
    assert len(data) < 150_000
    with pytest.raises(InvalidInputError, match="30000 x 30000 pixels; the limit is 50,000,000"):
        decode(data)


@pytest.mark.parametrize("size", [(1, 65_536), (50_000_000, 1)])
def test_a_line_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(
        InvalidInputError, match=rf"{size[0]} x {size[1]} .* a side may have 65,535"
    ):
        decode(bomb(*size))


def test_the_longest_side_is_decoded() -> None:
    assert decode(bomb(1, 65_535)).size == (1, 65_535)


def test_the_limit_counts_pixels_exactly() -> None:
    data = encoded(noise(20, 10), "PNG")
    assert decode(data, max_pixels=200).size == (20, 10)
    with pytest.raises(InvalidInputError, match="the limit is 199 pixels"):
        decode(data, max_pixels=199)
