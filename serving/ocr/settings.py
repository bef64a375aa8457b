"""What the `ocr` model can be told: by its configuration's parameters, or by the environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from serving.backends.image.decoding import DEFAULT_MAX_PIXELS

ENGINES = ("rapidocr", "easyocr")
ENVIRONMENT_PREFIX = "FEEDLENS_OCR_"

# Below it, the detectors' own strides leave nothing of a letter.
_LEAST_SIDE_PX = 32
_SWITCH = {"true": True, "1": True, "false": False, "0": False}

Value = TypeVar("Value")


@dataclass(frozen=True)
class OcrSettings:
    """How pictures are read.

    Attributes:
        engine: which of `ENGINES` reads.
        languages: EasyOCR's language codes, such as `en` and `ch_sim`.
        min_confidence: in [0, 1]; lines below it are left out.
        max_side_px: larger pictures are shrunk to this side before anything else.
        detection_side_px: the side at which lines are looked for; they are read at `max_side_px`.
        thread_count: threads of one instance on a CPU.
        max_pixels: pictures of more are refused.
        checkpoint_folder: where EasyOCR's files are; None for EasyOCR's own folder.
        download: whether EasyOCR may fetch files that the folder lacks.
    """

    engine: str = "rapidocr"
    languages: tuple[str, ...] = ("en",)
    min_confidence: float = 0.0
    max_side_px: int = 2000
    detection_side_px: int = 640
    thread_count: int = 1
    max_pixels: int = DEFAULT_MAX_PIXELS
    checkpoint_folder: Path | None = None
    download: bool = False

    @classmethod
    def read(
        cls, parameters: Mapping[str, str], environment: Mapping[str, str] | None = None
    ) -> "OcrSettings":
        """Settings by name; the environment's `FEEDLENS_OCR_<NAME>` wins, an empty text is none.

        Raises:
            ValueError: a value is no good; one line names its key and what it may be.
        """
        given = _Given(parameters, environment or {})
        return cls(
            engine=given.value("engine", cls.engine, _one_of(ENGINES)),
            languages=given.value("languages", cls.languages, _codes),
            min_confidence=given.value("min_confidence", cls.min_confidence, _share),
            max_side_px=given.value("max_side_px", cls.max_side_px, _whole(_LEAST_SIDE_PX)),
            detection_side_px=given.value(
                "detection_side_px", cls.detection_side_px, _whole(_LEAST_SIDE_PX)
            ),
            thread_count=given.value("thread_count", cls.thread_count, _whole(1)),
            max_pixels=given.value("max_pixels", cls.max_pixels, _whole(1)),
            checkpoint_folder=given.value("checkpoint_folder", cls.checkpoint_folder, Path),
            download=given.value("download", cls.download, _switch),
        )


@dataclass(frozen=True)
class _Given:
    parameters: Mapping[str, str]
    environment: Mapping[str, str]

    def value(self, name: str, default: Value, parse: Callable[[str], Value]) -> Value:
        variable = f"{ENVIRONMENT_PREFIX}{name.upper()}"
        for key, text in (
            (variable, self.environment.get(variable, "")),
            (f"parameter '{name}'", self.parameters.get(name, "")),
        ):
            if text.strip():
                try:
                    return parse(text.strip())
                except ValueError as error:
                    raise ValueError(f"{key} is '{text}'; {error}") from None
        return default


def _one_of(names: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(f"it is one of: {', '.join(names)}")
        return text

    return parse


def _codes(text: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code.strip() for code in text.split(",")))
    if not all(codes):
        raise ValueError("it is a list of language codes with commas between, such as: en,fr")
    return codes


def _whole(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        # `int` would take '1_000' and other digits than ours as well.
        if not (text.isascii() and text.isdigit() and int(text) >= least):
            raise ValueError(f"it is a whole number of at least {least}")
        return int(text)

    return parse


def _share(text: str) -> float:
    problem = "it is a number from 0 to 1"
    try:
        number = float(text)
    except ValueError:
        raise ValueError(problem) from None
    if not 0 <= number <= 1:
        raise ValueError(problem)
    return number


def _switch(text: str) -> bool:
    if text.lower() not in _SWITCH:
        raise ValueError("it is true or false")
    return _SWITCH[text.lower()]
