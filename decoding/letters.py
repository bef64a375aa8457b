"""Words that come, go or change on a ground that stands still. Pure NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Luma = NDArray[np.int16]
Edges = NDArray[np.bool_]

_STILL, _CHANGED = 10, 40
_STILL_SHARE = 0.8
_LETTERS_SHARE = 0.0015
_LETTERS_OF_CHANGES = 0.3
_CAMERA_SHARE = 0.03
_BLOCK_PX = 16
_REACH_PX = 3
_SHIFTS = (2 * _REACH_PX + 1) ** 2
_UNFOUND = 25
_LEFT_OVER = 0.5


def letters_share(one: Luma, other: Luma, edges: Edges) -> float:
    """The share of pixels by which the text of two frames differs, 0 where other things move.

    `one` and `other` are their luma [height, width], `edges` where either is as sharp as letters
    are. Letters differ from what moves by their sharp edges: they make a third of the changed
    pixels or more, and a tenth to a quarter of those that a moving face or animal changes. Words
    that a slow camera moves or enlarges are found again a few pixels beside, others are not.
    """
    changes = np.abs(one - other)
    changed = np.count_nonzero(changes > _STILL) / changes.size
    if changed > 1 - _STILL_SHARE:
        return 0.0
    sharp = edges & (changes > _CHANGED)
    share = np.count_nonzero(sharp) / changes.size
    if share < _LETTERS_SHARE or share < _LETTERS_OF_CHANGES * changed:
        return 0.0
    is_moved = changed >= _CAMERA_SHARE and _is_moved(_blurred(one), _blurred(other))
    return 0.0 if is_moved else share


def _is_moved(one: Luma, other: Luma) -> bool:
    """Whether most of what differs in either of two frames is found in the other, but elsewhere."""
    differs = np.abs(one - other) > _UNFOUND
    if not differs.any():
        return False
    blocks = np.nonzero(_in_blocks(differs).any(axis=(2, 3)))
    most = _LEFT_OVER * np.count_nonzero(differs)
    return all(_unfound(a, b, blocks) < most for a, b in ((one, other), (other, one)))


def _blurred(luma: Luma) -> Luma:
    """Letters as they are after a move by half a pixel, or by none."""
    framed = np.pad(luma, 1, mode="edge")
    rows = framed[:-2] + 2 * framed[1:-1] + framed[2:]
    both: Luma = rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]
    return both // 16


def _in_blocks(pixels: NDArray[Any]) -> NDArray[Any]:
    """[height, width] as [rows, columns, _BLOCK_PX, _BLOCK_PX]."""
    height, width = pixels.shape
    shape = height // _BLOCK_PX, _BLOCK_PX, width // _BLOCK_PX, _BLOCK_PX
    return pixels.reshape(shape).swapaxes(1, 2)


def _unfound(one: Luma, other: Luma, blocks: tuple[NDArray[np.intp], ...]) -> int:
    """How many pixels in these blocks of `one` are not in `other`, each shifted to fit best."""
    rows, columns = blocks
    reach = _BLOCK_PX + 2 * _REACH_PX
    framed = np.pad(other, _REACH_PX, mode="edge")
    around = sliding_window_view(framed, (reach, reach))[_BLOCK_PX * rows, _BLOCK_PX * columns]
    shifted = sliding_window_view(around, (1, _BLOCK_PX, _BLOCK_PX))[:, :, :, 0]
    apart = np.abs(shifted - _in_blocks(one)[rows, columns][:, None, None])
    apart = apart.reshape(len(rows), _SHIFTS, _BLOCK_PX * _BLOCK_PX)
    best = apart.sum(axis=2, dtype=np.int32).argmin(axis=1)
    return int(np.count_nonzero(apart[np.arange(len(rows)), best] > _UNFOUND))
