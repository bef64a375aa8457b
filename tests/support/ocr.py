"""The `ocr` model alone on a real server, by either engine, and EasyOCR asked directly."""

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import easyocr_en_models
import pytest
from PIL import Image

from serving.ocr.settings import ENVIRONMENT_PREFIX
from tests.support import torchvision_schemas
from tests.support.exporting import ROOT
from tests.support.triton import ServedTriton, serve

# EasyOCR's published detector and English recogniser; it checks their MD5 whenever it opens them.
CHECKPOINTS = Path(easyocr_en_models.model_dir())
# CRAFT takes seconds on a CPU at more.
EASY_SIDE_PX = 320
EASY = {
    "engine": "easyocr",
    "checkpoint_folder": str(CHECKPOINTS),
    "detection_side_px": str(EASY_SIDE_PX),
}

_SOURCE = ROOT / "model_repository" / "ocr"
_PRELUDE = "from tests.support import torchvision_schemas\n\ntorchvision_schemas.define()\n"


def write_ocr_repository(folder: Path) -> Path:
    """A model repository of `ocr` alone, in which EasyOCR can be imported."""
    model = folder / "ocr"
    shutil.copytree(_SOURCE, model, ignore=shutil.ignore_patterns("__pycache__"))
    code = model / "1" / "model.py"
    code.write_text(_PRELUDE + code.read_text())
    return folder


@contextmanager
def serve_ocr(folder: Path, **settings: str) -> Iterator[ServedTriton]:
    """Serves `ocr` with these settings in the environment, as an operator gives them."""
    repository = write_ocr_repository(folder / "model_repository")
    with pytest.MonkeyPatch.context() as environment:
        for name, text in settings.items():
            environment.setenv(f"{ENVIRONMENT_PREFIX}{name.upper()}", text)
        with serve(repository, folder / "triton") as served:
            yield served


def easyocr_reader() -> Any:
    """EasyOCR's own `Reader`, opened without anything of ours."""
    torchvision_schemas.define()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import easyocr

        return easyocr.Reader(
            ["en"],
            gpu=False,
            model_storage_directory=str(CHECKPOINTS),
            download_enabled=False,
            verbose=False,
        )


def read_directly(
    reader: Any, image: Image.Image, folder: Path, side_px: int
) -> list[tuple[Any, str, float]]:
    """Box, text and confidence of the lines that EasyOCR's `Reader` finds in a file."""
    path = folder / "picture.png"
    image.save(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = reader.readtext(str(path), canvas_size=side_px)
    return [(box, text, confidence) for box, text, confidence in found if text.strip()]


def easyocr_alphabets() -> dict[str, set[str]]:
    """The letters of each language code, from the files that EasyOCR brings."""
    package = find_spec("easyocr")
    assert package is not None
    assert package.origin is not None
    files = (Path(package.origin).parent / "character").glob("*_char.txt")
    return {
        path.name.removesuffix("_char.txt"): set(path.read_text("utf-8-sig")) - {"\n", " "}
        for path in files
    }
