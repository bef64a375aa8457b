"""`python -m benchmarks.ocr_memory`: does an OCR engine stay as small as it was?

The engine reads pictures of shapes that all differ, in this process, as the `ocr` model's process
does; the environment's FEEDLENS_OCR_<NAME> settings apply to it.
"""

import argparse
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from serving.backends.image.decoding import decode
from serving.ocr.engines import Engine, open_engine
from serving.ocr.settings import ENGINES, ENVIRONMENT_PREFIX, OcrSettings

TARGET = 1.1
"""Resident size at the end over that after the first pictures, at most."""

_SIDES_PX = (40, 1400)
_WORDS = ("WHEN", "THE", "TEST", "FINALLY", "PASSES", "2024", "and", "nobody", "knows", "why")


@dataclass(frozen=True)
class Growth:
    """Resident sizes in MB after the first pictures and after all, and how many lines they had."""

    early_mb: float
    late_mb: float
    line_count: int

    @property
    def ratio(self) -> float:
        return self.late_mb / self.early_mb


def varied_picture(number: int) -> bytes:
    """A JPEG of random sides with up to five lines of text, the same for the same number."""
    rng = np.random.default_rng(number)
    width, height = (int(side) for side in rng.integers(*_SIDES_PX, 2))
    image = Image.new(
        "RGB", (width, height), tuple(int(level) for level in rng.integers(0, 256, 3))
    )
    for _ in range(int(rng.integers(0, 6))):
        corner = int(rng.integers(0, max(1, width // 2))), int(rng.integers(0, height))
        words = " ".join(rng.choice(_WORDS, int(rng.integers(1, 5))))
        font = ImageFont.load_default(size=int(rng.integers(14, 60)))
        ImageDraw.Draw(image).text(
            corner, words, "white", font, stroke_width=2, stroke_fill="black"
        )
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()


def measure_growth(engine: Engine, images: int, early: int) -> Growth:
    """Has the engine read so many pictures; `early` is after how many the first size is taken."""
    line_count, early_mb = 0, 0.0
    for number in range(1, images + 1):
        line_count += len(engine.read(decode(varied_picture(number))))
        if number == early:
            early_mb = _resident_mb()
        if number % 50 == 0:
            print(f"after {number:>5} pictures: {_resident_mb():7.1f} MB", flush=True)
    return Growth(early_mb, _resident_mb(), line_count)


def main() -> int:
    """Prints the sizes; the status is 1 when the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ocr_memory", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, default="rapidocr")
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--early", type=int, default=50)
    arguments = parser.parse_args()
    os.environ[f"{ENVIRONMENT_PREFIX}ENGINE"] = arguments.engine
    settings = OcrSettings.read({}, os.environ)
    if settings.engine == "easyocr":
        from serving.ocr.easy import environment_of_torch

        os.environ |= environment_of_torch(settings.thread_count, gpu=None)
        # So that it can be imported beside a CPU build of torch, as in the tests.
        from tests.support import torchvision_schemas

        torchvision_schemas.define()
    growth = measure_growth(open_engine(settings), arguments.images, arguments.early)
    print(
        f"{settings.engine}, detection at {settings.detection_side_px} px:"
        f" {growth.early_mb:.1f} MB after {arguments.early} pictures,"
        f" {growth.late_mb:.1f} MB after {arguments.images} ({growth.line_count} lines);"
        f" ratio {growth.ratio:.3f} (target ≤ {TARGET})"
    )
    return 0 if growth.ratio <= TARGET else 1


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    sys.exit(main())
