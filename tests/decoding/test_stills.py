from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.decoding.asking import decoded, refused
from tests.support.pictures import bomb, encoded, with_orientation
from tests.support.videos import landscape

WIDE = Image.fromarray(landscape(1, (400, 200), grain=0))


def thumbnail(data: bytes, **limits: int) -> Image.Image:
    answer = decoded(data, "picture", **limits)
    assert (answer.frames, answer.images, answer.duration_s) == ((), (), 0.0)
    image = Image.open(BytesIO(answer.thumbnail))
    assert (image.format, image.mode) == ("JPEG", "RGB")
    return image


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"])
def test_every_kind_of_picture_has_a_thumbnail_of_its_shape(file_format: str) -> None:
    image = thumbnail(encoded(WIDE, file_format))
    assert image.size == (96, 48)
    expected = np.asarray(WIDE.resize((96, 48)), int)
    assert np.abs(np.asarray(image, int) - expected).mean() < 8


def test_a_small_picture_is_not_made_larger() -> None:
    assert thumbnail(encoded(WIDE, "PNG"), thumbnail_px=1000).size == (400, 200)


@pytest.mark.parametrize(
    ("orientation", "size", "turned"),
    [
        (3, (96, 48), Image.Transpose.ROTATE_180),
        (6, (48, 96), Image.Transpose.ROTATE_270),
        (8, (48, 96), Image.Transpose.ROTATE_90),
    ],
)
def test_it_is_upright(orientation: int, size: tuple[int, int], turned: Image.Transpose) -> None:
    data = with_orientation(WIDE, orientation)
    image = thumbnail(data)
    assert image.size == size
    expected = np.asarray(WIDE.transpose(turned).resize(size), int)
    assert np.abs(np.asarray(image, int) - expected).mean() < 8
    answer = decoded(data, "picture")
    assert (answer.width, answer.height) == ((400, 200) if orientation == 3 else (200, 400))


def test_what_is_transparent_is_over_white() -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    clear.paste((200, 30, 30, 255), (0, 0, 40, 20))
    pixels = np.asarray(thumbnail(encoded(clear, "PNG")), int)
    assert np.abs(pixels[35, 20] - 255).max() < 5
    assert np.abs(pixels[8, 20] - [200, 30, 30]).max() < 8


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "I;16"])
def test_every_mode_has_one(mode: str) -> None:
    if mode == "I;16":
        data = encoded(Image.fromarray(np.full((50, 60), 30_000, np.uint16)), "PNG")
        light = np.full(3, 30_000 / 257)
    else:
        picture = WIDE.convert(mode)
        data = encoded(picture, "JPEG" if mode == "CMYK" else "PNG")
        light = np.asarray(picture.convert("RGB"), float).mean(axis=(0, 1))
    assert np.abs(np.asarray(thumbnail(data), float).mean(axis=(0, 1)) - light).max() < 3


def test_too_many_pixels_and_damage_are_refused() -> None:
    assert refused(bomb(), "picture").fault == "too-large"
    assert refused(encoded(WIDE, "PNG")[:2000], "picture").fault == "undecodable"
    assert refused(b"none", "picture").fault == "undecodable"
