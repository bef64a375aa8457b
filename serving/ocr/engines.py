"""The OCR engines that the `ocr` model's parameter `engine` chooses from."""

from typing import Protocol

from PIL import Image

from serving.ocr.lines import Line


class Engine(Protocol):
    """Finds and reads the text of one picture."""

    def read(self, image: Image.Image) -> list[Line]:
        """The lines of an upright RGB picture, in any order, boxes in its own pixels."""
        ...


def open_engine(name: str, thread_count: int) -> Engine:
    """Loads the engine `name`, which may use `thread_count` threads.

    Raises:
        ValueError: there is no such engine; the message names those that exist.
    """
    if name == "rapidocr":
        from serving.ocr.rapid import RapidEngine

        return RapidEngine(thread_count)
    raise ValueError(f"parameter 'engine' is '{name}'; the engines are: rapidocr")
