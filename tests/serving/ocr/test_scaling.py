"""Pictures are shrunk to a side, and never enlarged."""

import pytest
from PIL import Image

from serving.ocr.scaling import bounded


@pytest.mark.parametrize(
    ("size", "expected"),
    [((100, 50), (100, 50)), ((200, 100), (100, 50)), ((30, 400), (8, 100)), ((4000, 1), (100, 1))],
)
def test_the_longer_side_is_bounded(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert bounded(Image.new("RGB", size), max_side_px=100).size == expected


def test_a_small_picture_stays_the_same_object() -> None:
    image = Image.new("RGB", (100, 100))
    assert bounded(image, max_side_px=100) is image
