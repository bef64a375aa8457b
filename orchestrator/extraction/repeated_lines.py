"""The lines that a video shows, each once, however many of its frames show it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from orchestrator.inference.models import TextLine
from ranking.readings import letters, read_alike

MAX_LINES = 200
MAX_CHARS = 10_000
"""Of all lines together: as long as a caption may be, and more than the text encoder reads."""

_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_NO_DIGIT = re.compile(r"\D")


def distinct(lines: Iterable[TextLine]) -> tuple[TextLine, ...]:
    """The lines in their order, without those that say again what one before them says.

    Each has the time and the place of its first reading, the text and the confidence of its most
    confident one. At most MAX_LINES are kept, of MAX_CHARS.
    """
    kept: list[TextLine] = []
    readings: list[_Reading] = []
    positions: dict[_Reading, int] = {}
    chars = 0
    for line in lines:
        reading = _Reading.of(line.text)
        position = positions.get(reading)
        if position is None:
            position = _first_alike(reading, readings)
        if position is not None:
            positions[reading] = position
            kept[position] = _surer(kept[position], line)
        elif len(kept) == MAX_LINES or chars + len(line.text) > MAX_CHARS:
            break
        else:
            positions[reading] = len(kept)
            kept.append(line)
            readings.append(reading)
            chars += len(line.text)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What of a line is compared: its letters and digits, and its numbers as they stand."""

    letters: str
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "_Reading":
        # Of signs alone, such as stars, the signs are what it says.
        return cls(letters(text) or "".join(text.split()), tuple(_NUMBER.findall(text)))

    def is_like(self, other: "_Reading") -> bool:
        """Whether both say the same but for what OCR misreads; 2.5 is not 25."""
        if self.numbers != other.numbers and self._digits == other._digits:
            return False
        return read_alike(self.letters, other.letters)

    @property
    def _digits(self) -> str:
        return _NO_DIGIT.sub("", "".join(self.numbers))


def _first_alike(reading: _Reading, readings: list[_Reading]) -> int | None:
    alike = (position for position, each in enumerate(readings) if reading.is_like(each))
    return next(alike, None)


def _surer(kept: TextLine, again: TextLine) -> TextLine:
    """The line as it was kept, in the words of the surer reading."""
    if again.confidence <= kept.confidence:
        return kept
    return replace(kept, text=again.text, confidence=again.confidence)
