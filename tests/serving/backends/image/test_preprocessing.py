"""Preprocessing: equal to transformers' own, bit for bit."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from serving.backends.image.decoding import MAX_SIDE_PX, decode
from serving.backends.image.preprocessing import (
    Crop,
    ExactSize,
    Pixels,
    Preprocessing,
    ShortestEdge,
)
from tests.support.pictures import encoded, noise

CLIP = Preprocessing(ShortestEdge(224), Crop(224, 224), Image.Resampling.BICUBIC)
VIT = Preprocessing(ExactSize(224, 224), None, Image.Resampling.BILINEAR)

_FILES = {
    "jpeg": encoded(noise(640, 480), "JPEG"),
    "png": encoded(noise(300, 300), "PNG"),
    "alpha": encoded(noise(333, 251, "RGBA"), "PNG"),
    "grey": encoded(noise(257, 401, "L"), "JPEG"),
    "grey with alpha": encoded(noise(100, 90, "LA"), "PNG"),
    "palette": encoded(noise(301, 225).quantize(64), "PNG"),
    "transparent palette": encoded(noise(90, 80).quantize(16), "GIF", transparency=3),
    "bilevel": encoded(noise(99, 120, "L").convert("1"), "PNG"),
    "cmyk": encoded(noise(230, 240, "CMYK"), "JPEG"),
    "tall": encoded(noise(40, 900), "PNG"),
    "wide": encoded(noise(1201, 33), "WEBP"),
    "one pixel": encoded(noise(1, 1), "PNG"),
    "exact": encoded(noise(224, 224), "BMP"),
}


def transformers_pixels(image: Image.Image, **numbers: object) -> Pixels:
    processor = CLIPImageProcessorPil(do_rescale=False, do_normalize=False, **numbers)
    (pixels,) = processor(images=image, return_tensors="np")["pixel_values"]
    return np.moveaxis(pixels, 0, -1)


def vit_pixels(image: Image.Image, **numbers: object) -> Pixels:
    processor = ViTImageProcessorPil(do_rescale=False, do_normalize=False, **numbers)
    (pixels,) = processor(images=image, return_tensors="np")["pixel_values"]
    return np.moveaxis(pixels, 0, -1)


@pytest.mark.parametrize("name", _FILES)
def test_pixels_are_those_of_transformers(name: str, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(_FILES[name])
    with Image.open(path) as opened:
        expected = transformers_pixels(opened)
    pixels = CLIP.apply(decode(_FILES[name]))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize("name", _FILES)
def test_pixels_of_an_exact_size_are_those_of_transformers(name: str) -> None:
    image = decode(_FILES[name])
    pixels = VIT.apply(image)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    np.testing.assert_array_equal(pixels, vit_pixels(image))


@pytest.mark.parametrize(
    ("height", "width", "resample"),
    [(30, 50, Image.Resampling.BICUBIC), (91, 20, Image.Resampling.NEAREST)],
)
def test_height_width_and_filter_are_told_apart(
    height: int, width: int, resample: Image.Resampling
) -> None:
    image = noise(77, 52)
    expected = vit_pixels(image, size={"height": height, "width": width}, resample=resample)
    numbers = Preprocessing(ExactSize(height, width), None, resample)
    np.testing.assert_array_equal(numbers.apply(image), expected)


@pytest.mark.parametrize("crop", [(30, 50), (61, 20), (61, 91)])
def test_crops_of_any_size_are_those_of_transformers(crop: tuple[int, int]) -> None:
    numbers = Preprocessing(ShortestEdge(40), Crop(*crop), Image.Resampling.BILINEAR)
    image = noise(77, 52)
    expected = transformers_pixels(
        image,
        size={"shortest_edge": 40},
        crop_size={"height": crop[0], "width": crop[1]},
        resample=Image.Resampling.BILINEAR,
    )
    np.testing.assert_array_equal(numbers.apply(image), expected)


@pytest.mark.parametrize("size", [(1, 30_000), (30_000, 1), (3, 20_000)])
def test_a_line_does_not_grow_to_gigabytes(size: tuple[int, int]) -> None:
    grey_levels = np.linspace(0, 255, max(size)).astype(np.uint8)
    line = np.broadcast_to(grey_levels[:, None], (max(size), min(size)))
    image = Image.fromarray(np.ascontiguousarray(line if size[1] > size[0] else line.T))
    pixels = CLIP.apply(image.convert("RGB"))
    assert pixels.shape == (224, 224, 3)
    assert np.abs(pixels.astype(int) - 127).max() <= 2  # the middle of the ramp


@pytest.mark.parametrize("size", [(1, MAX_SIDE_PX), (MAX_SIDE_PX, 3)])
def test_a_line_is_squashed_as_transformers_does(size: tuple[int, int]) -> None:
    image = noise(*size)
    np.testing.assert_array_equal(VIT.apply(image), vit_pixels(image))


@pytest.mark.parametrize(
    ("exported", "expected"),
    [
        (
            {"resize": {"shortest_edge": 40}, "crop": [30, 32], "resample": "bilinear"},
            Preprocessing(ShortestEdge(40), Crop(30, 32), Image.Resampling.BILINEAR),
        ),
        (
            {"resize": {"height": 30, "width": 32}, "crop": None, "resample": "bicubic"},
            Preprocessing(ExactSize(30, 32), None, Image.Resampling.BICUBIC),
        ),
    ],
    ids=["shortest edge", "exact size"],
)
def test_numbers_are_read_from_the_exported_file(
    exported: dict[str, object], expected: Preprocessing, tmp_path: Path
) -> None:
    path = tmp_path / "preprocess.json"
    path.write_text(json.dumps(exported))
    assert Preprocessing.from_file(path) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "no json",
        '{"crop": [1], "resize": {}}',
        '{"crop": [1], "resize": {"shortest_edge": 1}, "resample": "bilinear"}',
        '{"crop": null, "resize": {"shortest_edge": 1}, "resample": "bilinear"}',
        '{"crop": null, "resize": {"height": 1}, "resample": "bilinear"}',
    ],
)
def test_a_file_that_lacks_numbers_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "preprocess.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"preprocess\.json is not a preprocess\.json"):
        Preprocessing.from_file(path)
