"""Frames of videos as they should be seen: upright, their pixels square, in their colours."""

from fractions import Fraction

import numpy as np
import pytest

from tests.decoding.asking import decoded, pictures
from tests.support.videos import Pixels, Scene, plain, video

SIZE = (160, 96)
COLOURS = {"red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}


def corners(size: tuple[int, int] = SIZE) -> Pixels:
    """Red top left, green top right, blue bottom left, white bottom right."""
    quarter = (size[0] // 2, size[1] // 2)
    red, green, blue, white = (plain(colour, quarter) for colour in COLOURS)
    return np.concatenate([np.concatenate([red, green], 1), np.concatenate([blue, white], 1)])


def seen_corners(picture: Pixels) -> list[str]:
    """The colours of its corners: top left, top right, bottom left, bottom right."""
    height, width, _ = picture.shape
    found = []
    for y in (height // 4, height * 3 // 4):
        for x in (width // 4, width * 3 // 4):
            pixel = picture[y, x].astype(int)
            name = min(COLOURS, key=lambda name: np.abs(pixel - COLOURS[name]).sum())
            assert np.abs(pixel - COLOURS[name]).max() < 20
            found.append(name)
    return found


@pytest.mark.parametrize(
    ("degrees", "size", "expected"),
    [
        (0, (160, 96), ["red", "green", "blue", "white"]),
        # Counterclockwise: what was top right is top left.
        (90, (96, 160), ["green", "white", "red", "blue"]),
        (180, (160, 96), ["white", "blue", "green", "red"]),
        (270, (96, 160), ["blue", "red", "white", "green"]),
    ],
)
def test_a_rotated_video_is_upright(
    degrees: int, size: tuple[int, int], expected: list[str]
) -> None:
    answer = decoded(video(Scene(corners(), 0.5), rotation=degrees))
    assert (answer.width, answer.height) == size
    assert pictures(answer)[0].shape == (size[1], size[0], 3)
    assert seen_corners(pictures(answer)[0]) == expected


def test_a_mirrored_video_is_as_its_matrix_says() -> None:
    answer = decoded(video(Scene(corners(), 0.5), mirrored=True))
    assert seen_corners(pictures(answer)[0]) == ["green", "red", "white", "blue"]


@pytest.mark.parametrize(
    ("stretch", "width"), [(Fraction(2), 320), (Fraction(1, 2), 80), (Fraction(1000), 160)]
)
def test_pixels_become_square_where_their_shape_can_be_true(stretch: Fraction, width: int) -> None:
    answer = decoded(video(Scene(corners(), 0.5), stretch=stretch))
    assert (answer.width, answer.height) == (width, 96)
    assert pictures(answer)[0].shape == (96, width, 3)


def test_pixels_are_not_stretched_beyond_what_is_accepted() -> None:
    answer = decoded(video(Scene(corners(), 0.5), stretch=Fraction(2)), max_pixels=160 * 96)
    assert (answer.width, answer.height) == SIZE


def test_a_stretched_and_rotated_video_is_stretched_first() -> None:
    answer = decoded(video(Scene(corners(), 0.5), stretch=Fraction(2), rotation=90))
    assert (answer.width, answer.height) == (96, 320)


def test_odd_sides_are_kept() -> None:
    picture = corners()[:95, :157]
    answer = decoded(video(Scene(picture, 0.5), pix_fmt="yuv444p"))
    assert (answer.width, answer.height) == (157, 95)
    assert pictures(answer)[0].shape == (95, 157, 3)


@pytest.mark.parametrize(
    ("codec", "pix_fmt"),
    [
        ("libx264", "yuv420p"),
        ("libx264", "yuv422p"),
        ("libx264", "yuv444p"),
        ("libx265", "yuv420p10le"),
        ("mjpeg", "yuvj420p"),
        ("mjpeg", "yuvj444p"),
        ("prores_ks", "yuv422p10le"),
        ("prores_ks", "yuva444p10le"),
        ("png", "rgb24"),
        ("png", "rgba"),
    ],
)
def test_colours_are_right_in_full_and_limited_range_and_in_ten_bits(
    codec: str, pix_fmt: str
) -> None:
    answer = decoded(video(Scene(corners(), 0.5), container="mov", codec=codec, pix_fmt=pix_fmt))
    assert seen_corners(pictures(answer)[0]) == list(COLOURS)


@pytest.mark.parametrize("side", [1280, 96])
def test_colours_stay_right_when_a_frame_is_scaled_down(side: int) -> None:
    data = video(Scene(corners((640, 384)), 0.5), pix_fmt="yuv420p")
    answer = decoded(data, max_side_px=side)
    assert seen_corners(pictures(answer)[0]) == list(COLOURS)


def test_what_is_transparent_is_over_white() -> None:
    clear = np.zeros((96, 160, 4), np.uint8)
    clear[:48] = (255, 0, 0, 255)
    answer = decoded(video(Scene(clear, 0.5), container="mov", codec="png", pix_fmt="rgba"))
    assert seen_corners(pictures(answer)[0]) == ["red", "red", "white", "white"]
