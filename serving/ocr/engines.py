"""The OCR engines that the `ocr` model's setting `engine` chooses from."""

from typing import Protocol

from PIL import Image

from serving.ocr.lines import Line
from serving.ocr.settings import OcrSettings


class Engine(Protocol):
    """Finds and reads the text of one picture."""

    def read(self, image: Image.Image) -> list[Line]:
        """The lines of an upright RGB picture, in any order, boxes in its own pixels."""
        ...


def open_engine(settings: OcrSettings, gpu: int | None = None) -> Engine:
    """Loads the engine that the settings name.

    Args:
        gpu: the GPU that the instance is for, None on a CPU. RapidOCR stays on the CPU.

    Raises:
        ValueError: it can't be loaded as the settings say; one line says why.
    """
    if settings.engine == "easyocr":
        from serving.ocr.easy import EasyEngine

        return EasyEngine(settings, gpu)
    from serving.ocr.rapid import RapidEngine

    return RapidEngine(settings)
