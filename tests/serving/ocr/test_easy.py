"""EasyOCR in this process: the answers of `easyocr.Reader` itself, from bounded arrays alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from serving.ocr.easy import environment_of_torch, is_readable
from serving.ocr.engines import Engine, open_engine
from serving.ocr.settings import OcrSettings
from tests.support import torchvision_schemas
from tests.support.exporting import ROOT
from tests.support.ocr import EASY, EASY_SIDE_PX, easyocr_reader, read_directly
from tests.support.pictures import drawn_text

GREEN, ROSE = (20, 70, 40), (250, 225, 230)


@pytest.fixture(scope="module", autouse=True)
def _environment_left_alone() -> Iterator[None]:
    environment, thread_count = dict(os.environ), torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(thread_count)
    os.environ.clear()
    os.environ.update(environment)


@pytest.fixture(scope="module")
def engine(_environment_left_alone: None) -> Engine:
    torchvision_schemas.define()
    return open_engine(OcrSettings.read(EASY))


@pytest.fixture(scope="module")
def reader() -> Any:
    return easyocr_reader()


def pictures() -> dict[str, Image.Image]:
    two_lines = drawn_text(("Hello world", (20, 20)), ("42 cats", (60, 120)), size=(320, 200))
    slanted = drawn_text(("Hello", (80, 60)), size=(320, 200)).rotate(20, fillcolor=(225, 235, 245))
    return {
        "two lines": two_lines,
        "slanted": slanted,
        "larger than the detector's side": two_lines.resize((700, 440)),
        "nothing": Image.new("RGB", (320, 200), "white"),
    }


@pytest.mark.parametrize("name", pictures())
def test_a_grey_picture_is_read_exactly_as_by_the_reader(
    name: str, engine: Engine, reader: Any, tmp_path: Path
) -> None:
    image = pictures()[name].convert("L").convert("RGB")
    expected = read_directly(reader, image, tmp_path, EASY_SIDE_PX)
    found = engine.read(image)
    assert [line.text for line in found] == [text for _, text, _ in expected]
    assert len(found) == {"slanted": 1, "nothing": 0}.get(name, 2)
    for line, (box, _, confidence) in zip(found, expected, strict=True):
        np.testing.assert_allclose(line.box, box, atol=1e-3)
        assert line.confidence == pytest.approx(confidence, abs=1e-5)


def test_colours_are_seen_as_by_the_reader(engine: Engine, reader: Any, tmp_path: Path) -> None:
    grey = np.asarray(pictures()["two lines"].convert("L"), dtype=float)[:, :, None] / 255
    coloured = (np.array(GREEN) * (1 - grey) + np.array(ROSE) * grey).astype(np.uint8)
    image = Image.fromarray(coloured)
    expected = read_directly(reader, image, tmp_path, EASY_SIDE_PX)
    found = engine.read(image)
    assert [line.text for line in found] == [text for _, text, _ in expected]
    for line, (box, _, confidence) in zip(found, expected, strict=True):
        np.testing.assert_allclose(line.box, box, atol=1e-3)
        # The reader's own ways to grey differ by a level, from a file and from an array.
        assert line.confidence == pytest.approx(confidence, abs=0.05)


@pytest.mark.parametrize(
    ("size", "readable"),
    [((128, 1), True), ((129, 1), False), ((2, 300), False), ((0, 10), False), ((5, -3), False)],
)
def test_a_box_without_pixels_or_too_long_for_text_is_left_out(
    size: tuple[int, int], readable: bool
) -> None:
    assert is_readable(size) is readable


def test_torch_uses_the_threads_that_are_set() -> None:
    code = (
        "import os; from serving.ocr.easy import environment_of_torch;"
        "os.environ |= environment_of_torch(thread_count=1, gpu=None);"
        "import torch; print(torch.get_num_threads())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1"


@pytest.mark.parametrize(
    ("visible", "gpu", "expected"), [(None, 1, "1"), ("4,7", 1, "7"), ("", 0, "0")]
)
def test_an_instance_sees_its_own_gpu_alone(
    visible: str | None, gpu: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    environment = environment_of_torch(thread_count=2, gpu=gpu)
    assert environment["CUDA_VISIBLE_DEVICES"] == expected
    assert environment["OMP_NUM_THREADS"] == "2"
