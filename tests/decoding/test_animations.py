import struct

import numpy as np
import pytest
from PIL import Image

from tests.decoding.asking import decoded, pictures, refused, times
from tests.support.odd_videos import cut_short, endless_gif, endless_webp, huge_gif_canvas
from tests.support.pictures import encoded
from tests.support.videos import animation, landscape, plain, text_card

A, B, C = (landscape(seed, (96, 64)) for seed in (1, 2, 3))


def test_a_gif_that_says_no_times_is_shown_as_browsers_do() -> None:
    answer = decoded(animation([(A, 0.0), (B, 0.01), (C, 0.5)], "GIF"), "gif")
    assert answer.duration_s == pytest.approx(0.7)
    assert times(answer) == [0.0, 0.1, 0.2]


def test_a_webp_has_its_times() -> None:
    answer = decoded(animation([(A, 0.25), (B, 0.03), (C, 0.5)], "WEBP"), "webp")
    assert answer.duration_s == pytest.approx(0.78)
    assert times(answer) == [0.0, 0.25, 0.28]


def test_what_is_transparent_is_over_white() -> None:
    clear = np.zeros((64, 96, 4), np.uint8)
    clear[:32] = (200, 30, 30, 255)
    opaque = np.concatenate([B, np.full((64, 96, 1), 255, np.uint8)], axis=2)
    answer = decoded(animation([(clear, 0.5), (opaque, 0.5)], "GIF"), "gif")
    first = pictures(answer)[0].astype(int)
    assert np.abs(first[48, 48] - 255).max() < 5
    assert np.abs(first[10, 48] - [200, 30, 30]).max() < 8


def test_a_palette_is_in_its_colours() -> None:
    card = text_card("HI", (96, 64), ground="blue", ink="yellow")
    answer = decoded(animation([(card, 0.5), (A, 0.5)], "GIF"), "gif")
    assert np.abs(pictures(answer)[0][2, 2].astype(int) - [0, 0, 255]).max() < 12


def test_a_still_gif_is_one_frame() -> None:
    answer = decoded(encoded(Image.fromarray(A), "GIF"), "gif")
    assert (answer.duration_s, times(answer)) == (0.1, [0.0])


def test_a_scene_of_half_a_second_is_found_in_a_long_animation() -> None:
    shown = [(C if 150 <= i < 155 else A if i % 2 else B, 0.1) for i in range(300)]
    answer = decoded(animation(shown, "WEBP"), "webp")
    assert any(15 <= at_s < 15.5 for at_s in times(answer))


def test_of_one_that_was_cut_off_what_is_there_is_shown() -> None:
    data = animation([(A, 0.5), (B, 0.5), (C, 0.5)], "GIF")
    answer = decoded(cut_short(data, 0.6), "gif")
    assert times(answer)[0] == 0.0
    assert len(answer.frames) < 3


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"GIF89a" + bytes(500)])
def test_what_is_no_gif_is_refused(data: bytes) -> None:
    assert refused(data, "gif").fault == "undecodable"


@pytest.mark.parametrize("data", [b"", b"RIFF\x10\0\0\0WEBP", b"RIFF\x10\0\0\0WEBP" + bytes(99)])
def test_what_is_no_webp_is_refused(data: bytes) -> None:
    assert refused(data, "webp").fault == "undecodable"


def test_a_huge_canvas_is_refused_with_its_size() -> None:
    error = refused(huge_gif_canvas(), "gif")
    assert (error.fault, "65000 × 65000" in error.detail) == ("too-large", True)


def test_a_huge_webp_is_refused_before_its_canvas_is_made() -> None:
    data = bytearray(animation([(A, 0.5), (B, 0.5)], "WEBP"))
    at = data.index(b"VP8X") + 12
    data[at : at + 6] = (16_000).to_bytes(3, "little") * 2
    error = refused(bytes(data), "webp", memory_bytes=1)
    assert (error.fault, "16001 × 16001" in error.detail) == ("too-large", True)


def test_very_many_large_frames_are_refused_with_their_number() -> None:
    gif, webp = refused(endless_gif(), "gif"), refused(endless_webp(), "webp")
    assert (gif.fault, webp.fault) == ("too-large", "too-large")
    assert "5,001 frames of 1920 × 1080, 10,370,073,600 pixels in all" in gif.detail
    assert "5,000 frames of 1920 × 1080" in webp.detail


def test_very_many_small_frames_are_refused_too() -> None:
    error = refused(endless_gif(30_000, (16, 16)), "gif")
    assert error.detail == "the animation has 30,001 frames; at most 20,000 are decoded"


def test_too_long_ones_are_refused() -> None:
    data = animation([(plain("red", (96, 64)), 5.0), (A, 5.0)], "GIF")
    error = refused(data, "gif", max_duration_s=8.0)
    assert (error.fault, error.detail) == (
        "too-large",
        "it lasts 10 s; at most 8 s are accepted",
    )


def test_frames_that_are_larger_than_their_canvas_are_measured() -> None:
    small = bytearray(animation([(A, 0.5), (B, 0.5)], "GIF"))
    small[6:10] = struct.pack("<2H", 1, 1)
    error = refused(bytes(small), "gif", max_pixels=96 * 64 - 1)
    assert (error.fault, "96 × 64" in error.detail) == ("too-large", True)
