"""The `ocr` model on the real server, by either engine: what it reads, where, in which order."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from serving.errors import ServingError
from tests.support.asking import Array, Asker
from tests.support.exporting import ROOT
from tests.support.ocr import (
    EASY,
    EASY_SIDE_PX,
    easyocr_reader,
    read_directly,
    serve_ocr,
)
from tests.support.pictures import bomb, drawn_text, encoded, noise, with_orientation

HELLO_AT, WORLD_AT = (60, 80), (300, 420)
ENGINES = {"rapidocr": {"engine": "rapidocr"}, "easyocr": EASY}


@pytest.fixture(scope="module", params=ENGINES)
def asker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asker]:
    folder = tmp_path_factory.mktemp(request.param)
    with serve_ocr(folder, **ENGINES[request.param]) as served:
        made = Asker(served, "grpc")
        yield made
        made.close()


def read(asker: Asker, data: bytes) -> tuple[list[str], Array, Array]:
    """Texts, confidences and boxes of a picture, without the batch dimension."""
    answer = asker.ask_one("ocr", bytes=data)
    texts = [text.decode() for text in answer["text"].ravel()]
    return texts, answer["confidence"][0], answer["box"][0]


def covers(box: Array, x: float, y: float) -> bool:
    (left, top), (right, bottom) = box.min(axis=0), box.max(axis=0)
    return bool(left <= x <= right and top <= y <= bottom)


def picture() -> Image.Image:
    return drawn_text(("HELLO", HELLO_AT), ("WORLD", WORLD_AT))


@pytest.mark.parametrize(
    ("stored", "orientation"),
    [(None, 1), (Image.Transpose.ROTATE_90, 6), (Image.Transpose.ROTATE_180, 3)],
    ids=["upright", "turned", "upside down"],
)
def test_boxes_lie_on_the_text_in_pixels_of_the_upright_picture(
    stored: Image.Transpose | None, orientation: int, asker: Asker
) -> None:
    pixels = picture() if stored is None else picture().transpose(stored)
    texts, confidences, boxes = read(asker, with_orientation(pixels, orientation))
    assert texts == ["HELLO", "WORLD"]
    assert ((confidences > 0.9) & (confidences <= 1)).all()
    assert boxes.shape == (2, 4, 2)
    for box, (x, y) in zip(boxes, (HELLO_AT, WORLD_AT), strict=True):
        assert covers(box, x + 60, y + 30)
        assert np.ptp(box[:, 0]) < 220
        assert np.ptp(box[:, 1]) < 90
        assert (box[0] < box[2]).all()  # the first corner is top left, the third bottom right


def test_a_large_picture_keeps_its_own_scale(asker: Asker) -> None:
    large = picture().resize((3200, 2400))
    texts, _, boxes = read(asker, encoded(large, "JPEG"))
    assert texts == ["HELLO", "WORLD"]
    assert covers(boxes[0], 4 * (HELLO_AT[0] + 60), 4 * (HELLO_AT[1] + 30))
    assert covers(boxes[1], 4 * (WORLD_AT[0] + 60), 4 * (WORLD_AT[1] + 30))


def test_lines_come_in_reading_order(asker: Asker) -> None:
    words = (("BELOW", (40, 400)), ("RIGHT", (500, 100)), ("LEFT", (40, 104)))
    texts, _, _ = read(asker, encoded(drawn_text(*words), "PNG"))
    assert texts == ["LEFT", "RIGHT", "BELOW"]


def test_text_on_a_transparent_picture_stands_on_white(asker: Asker) -> None:
    letters = drawn_text(("STICKER", (100, 100)), size=(500, 300)).convert("L")
    transparent = Image.new("RGBA", letters.size, (0, 0, 0, 0))
    transparent.putalpha(letters.point(lambda level: 255 if level < 128 else 0))
    texts, _, _ = read(asker, encoded(transparent, "PNG"))
    assert texts == ["STICKER"]


def test_a_picture_without_text_has_no_lines(asker: Asker) -> None:
    texts, confidences, boxes = read(asker, encoded(Image.new("RGB", (300, 200), "navy"), "PNG"))
    assert texts == []
    assert (confidences.shape, boxes.shape) == ((0,), (0, 4, 2))


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (3000, 12), (12, 3000)])
def test_odd_shapes_are_answered(size: tuple[int, int], asker: Asker) -> None:
    _, confidences, boxes = read(asker, encoded(noise(*size), "PNG"))
    assert boxes.shape == (len(confidences), 4, 2)


def test_a_long_thin_banner_is_read_where_it_is(asker: Asker) -> None:
    texts, _, boxes = read(
        asker, encoded(drawn_text(("BANNER", (700, 10)), size=(1200, 70)), "PNG")
    )
    assert texts == ["BANNER"]
    assert covers(boxes[0], 700 + 80, 40)


def test_what_is_no_picture_is_refused_and_nothing_is_fetched_or_opened(
    asker: Asker, tmp_path: Path
) -> None:
    there = tmp_path / "there.png"
    there.write_bytes(encoded(picture(), "PNG"))
    whole = encoded(picture(), "JPEG")
    for data, reason in (
        (b"", "the image is empty"),
        (b"not a picture", "not an image"),
        (str(there).encode(), "not an image"),
        (f"file://{there}".encode(), "not an image"),
        (b"http://127.0.0.1:9/picture.png", "not an image"),
        (whole[: len(whole) // 2], "the JPEG image is damaged or truncated"),
        (bomb(), "the image has 30000 x 30000 pixels; the limit is 50,000,000 pixels"),
    ):
        assert reason in asker.refusal("ocr", bytes=data)
    # The process that refused still reads.
    assert read(asker, whole)[0] == ["HELLO", "WORLD"]


@pytest.mark.parametrize("asker", ["easyocr"], indirect=True)
def test_easyocr_answers_what_its_own_reader_does(asker: Asker, tmp_path: Path) -> None:
    reader = easyocr_reader()
    words = drawn_text(("Hello world", (20, 20)), ("42 cats", (60, 120)), size=(320, 200))
    slanted = drawn_text(("Hello", (80, 60)), size=(320, 200)).rotate(20)
    for drawn, line_count in ((words, 2), (slanted, 1)):
        image = drawn.convert("L").convert("RGB")
        expected = read_directly(reader, image, tmp_path, EASY_SIDE_PX)
        texts, confidences, boxes = read(asker, encoded(image, "PNG"))
        assert len(expected) == line_count
        assert texts == [text for _, text, _ in expected]
        np.testing.assert_allclose(boxes, [box for box, _, _ in expected], atol=1e-3)
        np.testing.assert_allclose(confidences, [seen for _, _, seen in expected], atol=1e-4)


def test_lines_below_the_least_confidence_are_left_out(tmp_path: Path) -> None:
    with serve_ocr(tmp_path, min_confidence="1") as served:
        asker = Asker(served, "grpc")
        try:
            texts, confidences, boxes = read(asker, encoded(picture(), "PNG"))
        finally:
            asker.close()
    assert (texts, confidences.shape, boxes.shape) == ([], (0,), (0, 4, 2))


def test_a_setting_that_can_not_be_followed_stops_the_start(tmp_path: Path) -> None:
    with (
        pytest.raises(ServingError) as caught,
        serve_ocr(tmp_path, engine="easyocr", checkpoint_folder="/nowhere"),
    ):
        pass
    reason = "EasyOCR's checkpoint folder /nowhere lacks craft_mlt_25k.pth, english_g2.pth:"
    assert f"model ocr does not load: {reason}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_picture_of_the_warm_up_is_one_that_has_text() -> None:
    element = (ROOT / "model_repository" / "ocr" / "warmup" / "picture").read_bytes()
    length, picture = element[:4], element[4:]
    assert int.from_bytes(length, "little") == len(picture)
    image = Image.open(BytesIO(picture))
    assert (image.format, image.size) == ("JPEG", (320, 240))
