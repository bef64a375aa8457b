"""EasyOCR: CRAFT finds the lines, a convolutional recurrent network reads them; made for a GPU."""

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from serving.ocr.lines import Line
from serving.ocr.memory import give_back
from serving.ocr.scaling import bounded
from serving.ocr.settings import OcrSettings

Grey = npt.NDArray[np.uint8]
# x_min, x_max, y_min, y_max in whole pixels.
Upright = Sequence[int]
# Four corners (x, y), clockwise from the top left one.
Slanted = Sequence[Sequence[float]]

# Crops are read at 64 pixels of height, so this bounds the recogniser's input to 8,192 pixels.
_MAX_LINE_RATIO = 128
_GPU_BATCH_SIZE = 8
# For every shape of input, oneDNN keeps what it prepared for each of some 35 convolutions.
_PREPARED_CONVOLUTIONS = 128


class EasyEngine:
    """EasyOCR's own detector and recogniser, fed with pixels of bounded size and nothing else.

    A text would be fetched as a URL or opened as a path; only arrays reach EasyOCR from here.

    Args:
        gpu: Triton's number of the GPU to run on; None for the CPU.

    Raises:
        ValueError: a checkpoint lacks or is not EasyOCR's own, a language is unknown, a download
            fails, or the GPU is not there.
    """

    def __init__(self, settings: OcrSettings, gpu: int | None = None) -> None:
        self._max_side_px = settings.max_side_px
        self._detection_side_px = settings.detection_side_px
        self._batch_size = 1 if gpu is None else _GPU_BATCH_SIZE
        os.environ |= environment_of_torch(settings.thread_count, gpu)
        cv2.setNumThreads(settings.thread_count)
        with _quiet():
            self._reader = _open_reader(settings, gpu)

    def read(self, image: Image.Image) -> list[Line]:
        """The lines of an upright RGB picture, boxes in its own pixels."""
        small = bounded(image, self._max_side_px)
        pixels = np.ascontiguousarray(np.asarray(small))
        try:
            with _quiet():
                found = self._read(pixels)
        finally:
            give_back()
        scale = np.divide(image.size, small.size).astype(np.float32)
        return [
            Line(text, float(np.clip(confidence, 0, 1)), np.asarray(box, dtype=np.float32) * scale)
            for box, text, confidence in found
            if text.strip()
        ]

    def _read(self, pixels: npt.NDArray[np.uint8]) -> list[tuple[Any, str, float]]:
        detectable = _thick_enough(pixels, self._detection_side_px)
        upright, slanted = self._reader.detect(detectable, canvas_size=self._detection_side_px)
        height, width = pixels.shape[:2]
        upright = [box for box in upright[0] if is_readable(_size_inside(box, width, height))]
        slanted = [box for box in slanted[0] if is_readable(_size_of(box))]
        if not upright and not slanted:
            return []
        grey: Grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
        found: list[tuple[Any, str, float]] = self._reader.recognize(
            grey, upright, slanted, batch_size=self._batch_size, reformat=False
        )
        return found


def is_readable(size: tuple[int, int]) -> bool:
    """Whether a box of this width and height holds pixels, and no line too long to be text."""
    shorter, longer = sorted(size)
    return shorter >= 1 and longer <= _MAX_LINE_RATIO * shorter


def _size_inside(box: Upright, width: int, height: int) -> tuple[int, int]:
    left, right, top, bottom = box
    return min(right, width) - max(left, 0), min(bottom, height) - max(top, 0)


def _size_of(box: Slanted) -> tuple[int, int]:
    """Width and height of the longer sides, in whole pixels as EasyOCR cuts them out."""
    corners = np.asarray(box)
    top, right, bottom, left = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    return max(int(top), int(bottom)), max(int(left), int(right))


def _thick_enough(pixels: npt.NDArray[np.uint8], detection_side_px: int) -> npt.NDArray[np.uint8]:
    """The pixels, with black at their right or lower edge where shrinking would leave nothing."""
    height, width = pixels.shape[:2]
    least = -(-max(height, width) // detection_side_px)
    if min(height, width) >= least:
        return pixels
    missing = (0, max(0, least - height)), (0, max(0, least - width)), (0, 0)
    return np.pad(pixels, missing)


def environment_of_torch(thread_count: int, gpu: int | None) -> dict[str, str]:
    """What torch reads from the environment when EasyOCR imports it, and only then."""
    settings = {
        "OMP_NUM_THREADS": str(thread_count),
        "MKL_NUM_THREADS": str(thread_count),
        "ONEDNN_PRIMITIVE_CACHE_CAPACITY": str(_PREPARED_CONVOLUTIONS),
    }
    if gpu is not None:
        # EasyOCR spreads over every GPU that it sees.
        visible = os.environ.get("CUDA_VISIBLE_DEVICES") or None
        settings["CUDA_VISIBLE_DEVICES"] = visible.split(",")[gpu] if visible else str(gpu)
    return settings


def _open_reader(settings: OcrSettings, gpu: int | None) -> Any:
    try:
        import easyocr

        from serving.ocr.checkpoints import checkpoint_folder, module_path_kept
    except (ImportError, OSError, RuntimeError) as error:
        raise ValueError(
            f"EasyOCR can't be imported ({error}); install feedlens[easyocr], with torch and"
            " torchvision built for the same device (docs/ocr.md)"
        ) from error
    try:
        with checkpoint_folder(settings) as folder, module_path_kept():
            reader = easyocr.Reader(
                list(settings.languages),
                gpu=gpu is not None,
                model_storage_directory=str(folder),
                user_network_directory=str(folder),
                download_enabled=settings.download,
                verbose=False,
            )
    # What it has fetched is not what it published: an assertion of its own.
    except (OSError, AssertionError) as error:
        raise ValueError(f"EasyOCR can't get its checkpoints: {error}") from error
    if gpu is not None and not str(reader.device).startswith("cuda"):
        raise ValueError(f"the instance is for GPU {gpu}, but torch sees no GPU")
    return reader


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings that every picture would bring: pinned memory, old quantisation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
