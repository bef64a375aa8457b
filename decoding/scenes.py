"""What frames look like next to each other: blank, alike, sharp. Pure NumPy.

The thresholds were set on real footage (a hand-held camera, an animated film) and on made scenes,
at several qualities of H.264; docs/video.md has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Cells = NDArray[np.float32]

LOOK_WIDTH, LOOK_HEIGHT = 256, 144
"""The size that frames are looked at in, whatever their shape."""
_CELL_PX = 4

_BLANK_RANGE = 18.0
ALIKE = 0.05
OTHER_SCENE = 0.25
_TOLERANCE = 10.0
_FULL_DIFFERENCE = 64.0
_GAINS = (0.05, 20.0)

_STILL, _CHANGED, _EDGE = 10, 40, 60
_STILL_SHARE = 0.8
_LETTERS_SHARE = 0.0015
_LETTERS_OF_CHANGES = 0.3
_LETTERS_WEIGHT, _LETTERS_AT_MOST = 40.0, 0.3


@dataclass(frozen=True, slots=True)
class Look:
    """What is kept of a frame's looks.

    `cells` is FP32 [36, 64, 3]: luma and two colour differences, means over cells of 4 × 4 pixels.
    `luma` is UINT8 [144, 256], `edges` where it has edges as sharp as those of letters.
    `sharpness` is the variance of the luma's Laplacian: of a blurred, dark or faded frame it is
    less than of its sharp neighbours.
    """

    cells: Cells
    luma: Pixels
    edges: NDArray[np.bool_]
    sharpness: float

    @property
    def is_blank(self) -> bool:
        """Whether it is of one colour or nearly: black, white, a fade's end; a text card is not."""
        flat = self.cells.reshape(-1, self.cells.shape[-1])
        return bool(np.ptp(flat, axis=0).max() < _BLANK_RANGE)


def look(pixels: Pixels) -> Look:
    """How UINT8 [144, 256, 3] in RGB looks."""
    rgb = pixels.astype(np.float32)
    luma = rgb @ np.array([0.299, 0.587, 0.114], np.float32)
    blue, red = 0.564 * (rgb[..., 2] - luma), 0.713 * (rgb[..., 0] - luma)
    planes = np.stack([luma, blue, red], axis=-1)
    height, width = planes.shape[0] // _CELL_PX, planes.shape[1] // _CELL_PX
    cells = planes.reshape(height, _CELL_PX, width, _CELL_PX, 3).mean(axis=(1, 3))
    framed = np.pad(luma, 1, mode="edge")
    around = framed[:-2, 1:-1] + framed[2:, 1:-1] + framed[1:-1, :-2] + framed[1:-1, 2:]
    laplacian = around - 4 * luma
    edges = np.abs(laplacian) > _EDGE
    return Look(cells, luma.astype(np.uint8), edges, float(laplacian.var()))


def difference(one: Look, other: Look) -> float:
    """How much two frames differ, from 0 to 1; the same whichever comes first."""
    return max(_moved(one, other), _letters(one, other))


def _moved(one: Look, other: Look) -> float:
    """The mean over cells of how far a cell lies outside of what is around its place elsewhere.

    So a camera that moves by a cell (1.5 % of the width) changes nothing, compression next to
    nothing. Brightness and contrast are matched first: a frame of a fade is like its scene.
    """
    dark, bright = sorted((one, other), key=lambda seen: float(seen.cells[..., 0].std()))
    matched = _matched(dark.cells, bright.cells)
    return max(_outside(matched, bright.cells), _outside(bright.cells, matched))


def _letters(one: Look, other: Look) -> float:
    """How much text comes, goes or changes where all else stands still; else 0.

    Letters differ from what moves by their sharp edges: they make a third of the changed pixels or
    more, and a tenth to a quarter of those that a moving face or animal changes.
    """
    changes = np.abs(one.luma.astype(np.int16) - other.luma)
    changed = float((changes > _STILL).mean())
    sharp = float(((changes > _CHANGED) & (one.edges | other.edges)).mean())
    is_text = (
        changed <= 1 - _STILL_SHARE
        and sharp >= _LETTERS_SHARE
        and sharp >= _LETTERS_OF_CHANGES * changed
    )
    return min(_LETTERS_WEIGHT * sharp, _LETTERS_AT_MOST) if is_text else 0.0


def _matched(cells: Cells, like: Cells) -> Cells:
    """The cells with the contrast and brightness of others, where those are a fade's."""
    luma, target = cells[..., 0], like[..., 0]
    mean, target_mean = luma.mean(), target.mean()
    spread = float(((luma - mean) ** 2).sum())
    gain = float(((luma - mean) * (target - target_mean)).sum()) / spread if spread > 0 else 1.0
    if not _GAINS[0] <= gain <= _GAINS[1]:
        return cells
    matched = cells * np.float32(gain)
    matched[..., 0] += target_mean - gain * mean
    unmatched = np.abs(cells - like).mean()
    return matched if np.abs(matched - like).mean() < unmatched else cells


def _outside(cells: Cells, other: Cells) -> float:
    """The mean excess of cells over the range of the other's 3 × 3 cells around them."""
    padded = np.pad(other, ((1, 1), (1, 1), (0, 0)), mode="edge")
    rows = np.stack([padded[:-2], padded[1:-1], padded[2:]])
    low, high = rows.min(axis=0), rows.max(axis=0)
    low = np.minimum(np.minimum(low[:, :-2], low[:, 1:-1]), low[:, 2:])
    high = np.maximum(np.maximum(high[:, :-2], high[:, 1:-1]), high[:, 2:])
    excess = np.maximum(np.maximum(low - cells, cells - high), 0).max(axis=-1)
    counted = np.clip((excess - _TOLERANCE) / _FULL_DIFFERENCE, 0, 1)
    return float(counted.mean())
