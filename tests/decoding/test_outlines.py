import struct
import time
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from decoding.outlines import Outline, is_animated, outline
from tests.support.pictures import encoded, noise
from tests.support.videos import animation, landscape

FRAMES = [(landscape(seed, (32, 20)), seconds) for seed, seconds in ((1, 0.02), (2, 0.5), (3, 0.0))]
FORMATS = ["GIF", "WEBP"]


def animated(file_format: str, frames: int, **options: Any) -> bytes:
    """Frames of noise, none like another."""
    first, *others = (noise(16, 12, seed=seed) for seed in range(frames))
    return encoded(first, file_format, save_all=True, append_images=others, duration=100, **options)


def moves(content: bytes, file_format: str) -> bool:
    """Whether it is animated."""
    return is_animated(BytesIO(content), file_format.lower())


def delays(content: bytes, file_format: str) -> tuple[float, ...]:
    """Its outline's."""
    try:
        return outline(BytesIO(content), file_format.lower()).delays_s
    except EOFError:
        return ()


def test_delays_of_a_gif_are_read_without_decoding() -> None:
    found = outline(BytesIO(animation(FRAMES, "GIF")), "gif")
    assert found == Outline((32, 20), (0.02, 0.5, 0.1))


def test_delays_of_a_webp_are_read_without_decoding() -> None:
    found = outline(BytesIO(animation(FRAMES, "WEBP")), "webp")
    assert found == Outline((32, 20), (0.02, 0.5, 0.1))


def test_a_delay_holds_for_one_frame() -> None:
    header = b"GIF89a" + bytes(7)
    frame = b"\x2c" + bytes(8) + b"\x00" + b"\x02" + b"\x01\x00" + b"\x00"
    control = b"\x21\xf9\x04\x00\x32\x00\x00\x00"
    found = outline(BytesIO(header + control + frame + frame + b"\x3b"), "gif")
    assert found.delays_s == (0.5, 0.1)


def test_frames_that_reach_beyond_the_canvas_count() -> None:
    def frame(left: int, top: int, width: int, height: int) -> bytes:
        return b"\x2c" + struct.pack("<4HB", left, top, width, height, 0) + b"\x02\x01\x00\x00"

    header = b"GIF89a" + struct.pack("<2H", 10, 20) + bytes(3)
    found = outline(BytesIO(header + frame(5, 0, 900, 7) + frame(0, 10, 4, 300) + b"\x3b"), "gif")
    assert found.size == (905, 310)


@pytest.mark.parametrize("container", ["gif", "webp"])
def test_what_is_neither_is_an_error(container: str) -> None:
    with pytest.raises(EOFError):
        outline(BytesIO(b"something else"), container)
    assert not is_animated(BytesIO(b"something else"), container)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("frames", [1, 2, 5])
def test_two_frames_move(file_format: str, frames: int) -> None:
    made = animated(file_format, frames)
    with Image.open(BytesIO(made)) as image:
        assert getattr(image, "n_frames", 1) == frames
    assert moves(made, file_format) == (frames > 1)


@pytest.mark.parametrize(
    "options",
    [{"comment": b"x" * 700}, {"loop": 0}, {"interlace": 1}, {"disposal": 2, "transparency": 0}],
    ids=str,
)
def test_a_gif_with_all_that_it_may_have(options: dict[str, Any]) -> None:
    assert delays(animated("GIF", 2, **options), "GIF") == (0.1, 0.1)
    assert not moves(encoded(noise(16, 12), "GIF", **options), "GIF")


def test_a_webp_with_a_profile_and_metadata() -> None:
    options = {"icc_profile": b"p" * 301, "exif": b"Exif\0\0" + b"e" * 99, "xmp": b"x" * 77}
    assert delays(animated("WEBP", 2, **options), "WEBP") == (0.1, 0.1)
    assert not moves(encoded(noise(16, 12), "WEBP", **options), "WEBP")


@given(st.sampled_from(FORMATS), st.floats(0, 1))
def test_what_ends_too_soon_has_the_frames_before(file_format: str, share: float) -> None:
    made = animated(file_format, 3)
    cut = made[: int(len(made) * share)]
    found = delays(cut, file_format)
    assert found == (0.1,) * len(found)
    assert len(found) <= 3 * share + 1
    assert moves(cut, file_format) == (len(found) > 1)


@pytest.mark.parametrize(
    ("file_format", "content"),
    [
        ("GIF", b"GIF89a" + bytes(7) + b"!" + bytes(2) * 30_000_000),
        ("GIF", b"GIF89a" + bytes(7) + b"!\xf9\x01" + b"\x01\x01" * 30_000_000),
        ("WEBP", b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02" + bytes(60_000_000)),
    ],
    ids=["nothing", "little blocks", "empty chunks"],
)
def test_no_file_is_looked_at_for_long(file_format: str, content: bytes) -> None:
    start_s = time.process_time()
    assert not moves(content, file_format)
    assert time.process_time() - start_s < 2
