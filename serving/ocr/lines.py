"""Lines of recognised text, and the order in which a person reads them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Box = npt.NDArray[np.float32]

# Lines whose heights overlap by this share of the lower one stand beside each other.
_SAME_ROW_OVERLAP = 0.5


@dataclass(frozen=True, eq=False)
class Line:
    """One line of text.

    Attributes:
        text: what was read.
        confidence: in [0, 1].
        box: FP32 [4, 2], corners (x, y) in pixels of the upright picture, clockwise from the
            corner that is top left to the reader.
    """

    text: str
    confidence: float
    box: Box

    @property
    def left(self) -> float:
        return float(self.box[:, 0].min())

    @property
    def top(self) -> float:
        return float(self.box[:, 1].min())

    @property
    def bottom(self) -> float:
        return float(self.box[:, 1].max())


def reading_order(lines: Sequence[Line]) -> list[Line]:
    """Rows from top to bottom, each from left to right.

    A line joins a row when it overlaps the row's first line by half of the lower of the two.
    """
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.top, line.left)):
        row = next((row for row in rows if _same_row(row[0], line)), None)
        if row is None:
            rows.append([line])
        else:
            row.append(line)
    return [line for row in rows for line in sorted(row, key=lambda line: line.left)]


def _same_row(one: Line, other: Line) -> bool:
    overlap = min(one.bottom, other.bottom) - max(one.top, other.top)
    lower = min(one.bottom - one.top, other.bottom - other.top)
    return overlap > _SAME_ROW_OVERLAP * lower
