import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from decoding.scenes import (
    ALIKE,
    LOOK_HEIGHT,
    LOOK_WIDTH,
    OTHER_SCENE,
    Look,
    Pixels,
    difference,
    is_blend,
    look,
)
from tests.support.videos import faded, landscape, plain, text_card

HD = (1280, 720)


def seen(picture: Pixels) -> Look:
    """How a picture looks that was scaled down as a decoder does."""
    small = Image.fromarray(picture).resize((LOOK_WIDTH, LOOK_HEIGHT), Image.Resampling.BOX)
    return look(np.asarray(small))


def with_caption(picture: Pixels, text: str) -> Pixels:
    image = Image.fromarray(picture.copy())
    font = ImageFont.load_default(size=40)
    pen = ImageDraw.Draw(image)
    pen.text((640, 650), text, "white", font, anchor="mm", stroke_width=2, stroke_fill="black")
    return np.asarray(image)


@pytest.mark.parametrize("colour", ["black", "white", "navy", "#808080"])
def test_one_colour_is_blank_and_so_it_is_with_grain(colour: str) -> None:
    assert seen(plain(colour)).is_blank
    grain = np.random.default_rng(0).integers(-12, 13, (720, 1280, 3))
    assert seen(np.clip(plain(colour, HD) + grain, 0, 255).astype(np.uint8)).is_blank


@pytest.mark.parametrize("height_px", [20, 40, 120])
def test_a_text_card_is_not_blank(height_px: int) -> None:
    assert not seen(text_card("fifty off", HD, height_px=height_px)).is_blank


def test_a_picture_is_not_blank_until_it_has_faded() -> None:
    blank = [seen(faded(landscape(3, HD), light)).is_blank for light in (1.0, 0.5, 0.1, 0.03)]
    assert blank == [False, False, False, True]


def test_a_frame_does_not_differ_from_itself_and_differs_the_same_both_ways() -> None:
    one, other = seen(landscape(1)), seen(landscape(2))
    assert difference(one, one) == 0
    assert difference(one, other) == difference(other, one) > OTHER_SCENE


@pytest.mark.parametrize("shift_px", [5, 10, 20])
def test_a_camera_that_moves_a_little_shows_the_same(shift_px: int) -> None:
    wide = landscape(3, (1400, 720))
    before, after = wide[:, :1280], wide[:, shift_px : shift_px + 1280]
    assert difference(seen(before), seen(after)) <= ALIKE


def test_a_camera_that_moves_far_shows_another_thing() -> None:
    picture = landscape(3, HD)
    assert difference(seen(picture), seen(np.roll(picture, 320, axis=1))) > OTHER_SCENE


@pytest.mark.parametrize("light", [0.9, 0.5, 0.1])
def test_a_fade_shows_the_same_and_is_less_sharp(light: float) -> None:
    picture = landscape(3, HD)
    assert difference(seen(picture), seen(faded(picture, light))) <= ALIKE
    assert seen(faded(picture, light)).sharpness < seen(picture).sharpness


def test_grain_shows_the_same() -> None:
    assert difference(seen(landscape(3, HD, grain=0)), seen(landscape(3, HD, grain=20))) <= ALIKE


@pytest.mark.parametrize("height_px", [30, 40, 120])
def test_other_words_on_the_same_ground_are_another_frame(height_px: int) -> None:
    one = seen(text_card("fifty off today", HD, height_px=height_px))
    other = seen(text_card("come and see us", HD, height_px=height_px))
    assert difference(one, other) > ALIKE


@pytest.mark.parametrize("height_px", [90, 120, 160])
def test_words_that_a_slow_camera_moves_or_enlarges_are_the_same(height_px: int) -> None:
    card = text_card("fifty off today\nin every shop", HD, height_px=height_px)
    nearer = Image.fromarray(card).resize(HD, Image.Resampling.BICUBIC, box=(19, 10, 1261, 710))
    assert difference(seen(card), seen(np.roll(card, 8, axis=1))) <= ALIKE
    assert difference(seen(card), seen(np.asarray(nearer))) <= ALIKE
    others = text_card("come and see us\nat our place", HD, height_px=height_px)
    assert difference(seen(card), seen(others)) > ALIKE


def test_a_caption_that_comes_or_changes_is_another_frame_of_the_same_scene() -> None:
    picture = landscape(3, HD)
    without, first, second = (
        seen(picture),
        seen(with_caption(picture, "fifty off today")),
        seen(with_caption(picture, "come and see us")),
    )
    assert ALIKE < difference(without, first) < OTHER_SCENE
    assert ALIKE < difference(first, second) < OTHER_SCENE


def test_sharpness_tells_a_blurred_frame() -> None:
    sharp = Image.fromarray(text_card("SALE", HD))
    blurred = sharp.resize((128, 72)).resize(HD)
    assert seen(np.asarray(blurred)).sharpness < 0.5 * seen(np.asarray(sharp)).sharpness


def test_sharpness_is_the_variance_of_the_lumas_laplacian() -> None:
    pixels = np.zeros((LOOK_HEIGHT, LOOK_WIDTH, 3), np.uint8)
    pixels[70, 100] = 100
    # The Laplacian is -400 there, 100 at its four neighbours, and 0 elsewhere.
    count = LOOK_HEIGHT * LOOK_WIDTH
    assert look(pixels).sharpness == pytest.approx((400**2 + 4 * 100**2) / count, rel=1e-3)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_dissolve_lies_between_two_scenes(share: float) -> None:
    one, other = landscape(1, HD), landscape(2, HD)
    mixed = (one * (1 - share) + other * share).astype(np.uint8)
    assert is_blend(seen(one), seen(mixed), seen(other))
    assert is_blend(seen(one), seen(faded(one, share)), seen(plain("black")))


def test_what_stands_between_two_scenes_of_its_own_is_no_dissolve() -> None:
    one, other = seen(landscape(1)), seen(landscape(2))
    assert not is_blend(one, seen(text_card("SALE")), other)
    assert not is_blend(one, seen(landscape(4)), other)
    assert not is_blend(one, one, other)
    assert not is_blend(one, other, one)
    assert not is_blend(one, one, one)
