"""What frames look like next to each other: blank, alike, sharp. Pure NumPy.

The thresholds were set on real footage (a talking head, an animated film, a trailer with cuts) and
on made scenes, captions and text cards. There, frames of a shot differ by up to 0.15 (slow camera),
rarely 0.3 (fast), frames across a cut by 0.4 to 0.7, and compression, grain and fades by 0.01.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decoding.letters import letters_share

Pixels = NDArray[np.uint8]
Cells = NDArray[np.float32]

LOOK_WIDTH, LOOK_HEIGHT = 256, 144
"""The size that frames are looked at in, whatever their shape."""
ALIKE = 0.05
"""Frames that differ by no more show the same."""
OTHER_SCENE = 0.25
"""Frames that differ by more are of two scenes."""

_CELL_PX = 4
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_BLANK_RANGE = 18.0
_TOLERANCE = 10.0
_FULL_DIFFERENCE = 64.0
_GAINS = (0.05, 20.0)
_BLENDED, _LEFT_OVER = 0.05, 0.15

_EDGE = 60
_LETTERS_WEIGHT, _LETTERS_AT_MOST = 40.0, 0.2


@dataclass(frozen=True, slots=True)
class Look:
    """What is kept of a frame's looks.

    `cells` is FP32 [3, 2304]: luma and two colour differences, means over 64 × 36 cells of 4 × 4
    pixels; `low` and `high`, of the same shape, the range of a cell and those around it. `luma`
    is INT16 [36864], `edges` where it has edges as sharp as those of letters. `sharpness` is the
    variance of the luma's Laplacian: of a blurred, dark or faded frame it is less than of its
    sharp neighbours.
    """

    cells: Cells
    low: Cells
    high: Cells
    luma: NDArray[np.int16]
    edges: NDArray[np.bool_]
    sharpness: float

    @property
    def is_blank(self) -> bool:
        """Whether it is of one colour or nearly: black, white, a fade's end; a text card is not."""
        return bool(np.ptp(self.cells, axis=1).max() < _BLANK_RANGE)


def look(pixels: Pixels) -> Look:
    """How UINT8 [144, 256, 3] in RGB looks."""
    rgb = pixels.astype(np.float32)
    luma = rgb @ _LUMA
    blue, red = 0.564 * (rgb[..., 2] - luma), 0.713 * (rgb[..., 0] - luma)
    planes = np.stack([luma, blue, red])
    height, width = LOOK_HEIGHT // _CELL_PX, LOOK_WIDTH // _CELL_PX
    cells = planes.reshape(3, height, _CELL_PX, width, _CELL_PX).mean(axis=(2, 4))
    low, high = _around(cells, np.minimum), _around(cells, np.maximum)
    framed = np.pad(luma, 1, mode="edge")
    around = framed[:-2, 1:-1] + framed[2:, 1:-1] + framed[1:-1, :-2] + framed[1:-1, 2:]
    laplacian = around - 4 * luma
    return Look(
        cells=cells.reshape(3, -1),
        low=low.reshape(3, -1),
        high=high.reshape(3, -1),
        luma=luma.astype(np.int16).ravel(),
        edges=(np.abs(laplacian) > _EDGE).ravel(),
        sharpness=float(laplacian.var()),
    )


def _around(cells: Cells, extreme: np.ufunc) -> Cells:
    """The extreme of each cell and the eight around it."""
    framed = np.pad(cells, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = extreme(extreme(framed[:, :-2], framed[:, 1:-1]), framed[:, 2:])
    found: Cells = extreme(extreme(rows[..., :-2], rows[..., 1:-1]), rows[..., 2:])
    return found


def difference(one: Look, other: Look) -> float:
    """How much two frames differ, from 0 to 1; the same whichever comes first."""
    moved = _moved(one, other)
    # Letters are looked for where they could count.
    return moved if moved >= _LETTERS_AT_MOST else max(moved, _letters(one, other))


def _moved(one: Look, other: Look) -> float:
    """The mean over cells of how far a cell lies outside of what is around its place elsewhere.

    So a camera that moves by a cell (1.5 % of the width) changes nothing, compression next to
    nothing. Brightness and contrast are matched first: a frame of a fade is like its scene.
    """
    dark, bright = sorted((one, other), key=lambda seen: float(seen.cells[0].std()))
    gain, offset = _match(dark.cells, bright.cells)
    return max(
        _outside(gain * dark.cells + offset, bright.low, bright.high),
        _outside(bright.cells, gain * dark.low + offset, gain * dark.high + offset),
    )


def _match(cells: Cells, like: Cells) -> tuple[np.float32, Cells]:
    """The gain and the offsets, FP32 [3, 1], that bring cells nearest to others; or 1 and 0."""
    mean, target = cells[0].mean(), like[0].mean()
    centred = cells[0] - mean
    spread = float(centred @ centred)
    gain = float(centred @ (like[0] - target)) / spread if spread > 0 else 1.0
    unmatched = np.float32(1), np.zeros((3, 1), np.float32)
    if not _GAINS[0] <= gain <= _GAINS[1]:
        return unmatched
    offset = np.array([[target - gain * mean], [0], [0]], np.float32)
    matched = np.float32(gain) * cells + offset
    nearer = np.abs(matched - like).sum() < np.abs(cells - like).sum()
    return (np.float32(gain), offset) if nearer else unmatched


def _outside(cells: Cells, low: Cells, high: Cells) -> float:
    """The mean excess of cells over a range, of the channel that exceeds it most."""
    excess = np.maximum(low - cells, cells - high).max(axis=0)
    return float(np.clip((excess - _TOLERANCE) / _FULL_DIFFERENCE, 0, 1).mean())


def _letters(one: Look, other: Look) -> float:
    """How much text comes, goes or changes where all else stands still; else 0."""
    size = LOOK_HEIGHT, LOOK_WIDTH
    edges = (one.edges | other.edges).reshape(size)
    share = letters_share(one.luma.reshape(size), other.luma.reshape(size), edges)
    return min(_LETTERS_WEIGHT * share, _LETTERS_AT_MOST)


def is_blend(before: Look, between: Look, after: Look) -> bool:
    """Whether a frame is one of a dissolve, or of a fade, from the one before to the one after."""
    way = after.cells - before.cells
    gone = between.cells - before.cells
    length = float((way * way).sum())
    share = float((gone * way).sum()) / length if length > 0 else 0.0
    if not _BLENDED <= share <= 1 - _BLENDED:
        return False
    left_over = float(np.abs(gone - np.float32(share) * way).mean())
    return left_over < _LEFT_OVER * float(np.abs(way).mean())
