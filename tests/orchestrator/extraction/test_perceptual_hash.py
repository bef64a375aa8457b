from collections.abc import Callable
from io import BytesIO
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance

from orchestrator.extraction.perceptual_hash import perceptual_hash
from serving.backends.image.preprocessing import Crop, Preprocessing, ShortestEdge
from tests.support.pictures import drawn_text, encoded

SAMPLES = Path(__file__).parents[3] / "quickstart" / "samples"
CLIP = Preprocessing(ShortestEdge(224), Crop(224, 224), Image.Resampling.BICUBIC)


def sample(name: str) -> Image.Image:
    return Image.open(SAMPLES / name).convert("RGB")


def scene() -> Image.Image:
    """A drawn picture: a house on a hill under a sun."""
    image = Image.new("RGB", (640, 480), (150, 190, 230))
    pen = ImageDraw.Draw(image)
    pen.ellipse((-100, 300, 500, 800), fill=(60, 130, 60))
    pen.rectangle((180, 200, 300, 330), fill=(160, 60, 40))
    pen.polygon([(160, 200), (320, 200), (240, 120)], fill=(70, 40, 40))
    pen.ellipse((430, 60, 520, 150), fill=(250, 230, 90))
    return image


PICTURES = {
    "drawn scene": scene(),
    "drawn text": drawn_text(("WHEN THE BUILD", (40, 60)), ("IS GREEN AGAIN", (200, 420))),
    **{
        name: sample(name)
        for name in (
            "brick-lane.jpg",
            "bug-list-note.png",
            "departures-board.png",
            "espresso-meme.jpg",
            "garden-dahlia.jpg",
            "raccoon.jpg",
            "rocket-on-the-pad.jpg",
        )
    },
}


def hashed(image: Image.Image) -> str | None:
    return perceptual_hash(CLIP.apply(image))


def hamming(one: str | None, other: str | None) -> int:
    assert one is not None
    assert other is not None
    return (int(one, 16) ^ int(other, 16)).bit_count()


def jpeg(image: Image.Image) -> Image.Image:
    return Image.open(BytesIO(encoded(image, "JPEG", quality=40)))


def smaller(image: Image.Image) -> Image.Image:
    width, height = round(image.width * 0.9), round(image.height * 0.9)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def brighter(image: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(1.1)


def darker(image: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(0.9)


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("change", [jpeg, smaller, brighter, darker])
def test_a_copy_is_near(name: str, change: Callable[[Image.Image], Image.Image]) -> None:
    picture = PICTURES[name]
    assert hamming(hashed(picture), hashed(change(picture))) <= 6


def test_different_pictures_are_far() -> None:
    hashes = {name: hashed(picture) for name, picture in PICTURES.items()}
    near = {
        pair: distance
        for pair in combinations(hashes, 2)
        if (distance := hamming(*(hashes[name] for name in pair))) < 20
    }
    assert near == {}


def test_a_photograph_and_the_meme_made_of_it_are_near() -> None:
    """The hash says nothing of a caption in the picture; the OCR text does."""
    assert hamming(hashed(sample("chelsea-the-cat.jpg")), hashed(sample("cat-meme.jpg"))) <= 6


@given(st.permutations([False, True] * 32), st.sampled_from([32, 64, 224]))
def test_the_bits_are_the_signs_of_the_low_frequencies(bits: list[bool], side: int) -> None:
    """A picture whose coefficients are ±24 in grey levels, half of them positive: median 0."""
    frequency = np.arange(1, 9)[:, None]
    waves = np.cos(np.pi * frequency * (2 * np.arange(32) + 1) / 64) / 4
    grey = 128 + waves.T @ np.where(np.reshape(bits, (8, 8)), 24.0, -24.0) @ waves
    block = np.ones((side // 32, side // 32))
    image = np.repeat(np.kron(np.clip(grey.round(), 0, 255), block)[..., None], 3, axis=2)
    expected = "".join("01"[bit] for bit in bits)
    assert perceptual_hash(image.astype(np.uint8)) == f"{int(expected, 2):016x}"


def test_a_golden_hash() -> None:
    tiles = np.random.default_rng(7).integers(0, 256, (7, 7, 3), dtype=np.uint8)
    image = np.kron(tiles, np.ones((32, 32, 1), dtype=np.uint8))
    assert perceptual_hash(image) == "8e23d426c181fb7e"


@pytest.mark.parametrize("color", ["black", "white", "teal"])
def test_one_colour_has_no_hash(color: str) -> None:
    picture = Image.new("RGB", (320, 240), color)
    assert (hashed(picture), hashed(jpeg(picture))) == (None, None)


def test_faint_noise_on_one_colour_has_no_hash() -> None:
    noise = np.random.default_rng(1).integers(120, 136, (224, 224, 3), dtype=np.uint8)
    assert perceptual_hash(noise) is None


def test_a_gradient_has_no_hash() -> None:
    assert hashed(Image.linear_gradient("L").convert("RGB")) is None


@pytest.mark.parametrize("shape", [(224, 225, 3), (100, 224, 3), (224, 224, 1)])
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    image: NDArray[np.uint8] = np.zeros(shape, dtype=np.uint8)
    with pytest.raises(ValueError, match=r"has no whole 32 × 32 blocks"):
        perceptual_hash(image)
