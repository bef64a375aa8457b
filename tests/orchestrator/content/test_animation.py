import time
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from orchestrator.content.animation import gif_moves, webp_moves
from tests.support.pictures import encoded, noise

MOVES = {"GIF": gif_moves, "WEBP": webp_moves}


def animated(file_format: str, frames: int, **options: Any) -> bytes:
    """Frames of noise, none like another."""
    first, *others = (noise(16, 12, seed=seed) for seed in range(frames))
    return encoded(first, file_format, save_all=True, append_images=others, duration=100, **options)


@pytest.mark.parametrize("file_format", MOVES)
@pytest.mark.parametrize("frames", [1, 2, 5])
def test_two_frames_move(file_format: str, frames: int) -> None:
    made = animated(file_format, frames)
    with Image.open(BytesIO(made)) as image:
        assert getattr(image, "n_frames", 1) == frames
    assert MOVES[file_format](BytesIO(made)) == (frames > 1)


@pytest.mark.parametrize(
    "options",
    [{"comment": b"x" * 700}, {"loop": 0}, {"interlace": 1}, {"disposal": 2, "transparency": 0}],
    ids=str,
)
def test_a_gif_with_all_that_it_may_have(options: dict[str, Any]) -> None:
    assert gif_moves(BytesIO(animated("GIF", 2, **options)))
    assert not gif_moves(BytesIO(encoded(noise(16, 12), "GIF", **options)))


def test_a_webp_with_a_profile_and_metadata() -> None:
    options = {"icc_profile": b"p" * 301, "exif": b"Exif\0\0" + b"e" * 99, "xmp": b"x" * 77}
    assert webp_moves(BytesIO(animated("WEBP", 2, **options)))
    assert not webp_moves(BytesIO(encoded(noise(16, 12), "WEBP", **options)))


@given(st.sampled_from(("GIF", "WEBP")), st.floats(0, 1))
def test_what_ends_too_soon_raises_nothing(file_format: str, share: float) -> None:
    made = animated(file_format, 3)
    cut = made[: int(len(made) * share)]
    assert MOVES[file_format](BytesIO(cut)) in (True, False)


@pytest.mark.parametrize(
    ("moves", "content"),
    [
        (gif_moves, b"GIF89a" + bytes(7) + b"!" + bytes(2) * 30_000_000),
        (gif_moves, b"GIF89a" + bytes(7) + b"!\xf9\x01" + b"\x01\x01" * 30_000_000),
        (webp_moves, b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02" + bytes(60_000_000)),
    ],
    ids=["nothing", "little blocks", "empty chunks"],
)
def test_no_file_is_looked_at_for_long(moves: Any, content: bytes) -> None:
    start_s = time.process_time()
    assert not moves(BytesIO(content))
    assert time.process_time() - start_s < 2
