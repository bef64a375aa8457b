"""How alike posts are, by all the modalities that both have."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranking.calibration import Calibration
from ranking.cone import take_out
from ranking.vectors import VectorTable

Likeness = NDArray[np.float64]


class Line(NamedTuple):
    """A straight map of cosines: `low` to 0, `high` to 1."""

    low: float
    high: float

    @classmethod
    def along(cls, calibration: Calibration) -> "Line | None":
        """From where the map begins to rise to where it first reaches its highest value.

        None for a flat map, which tells nothing.
        """
        bottom, top = calibration.values[0], calibration.values[-1]
        if bottom == top:
            return None
        begin = next(i for i, value in enumerate(calibration.values) if value > bottom) - 1
        return cls(calibration.cosines[begin], calibration.cosines[calibration.values.index(top)])


class Modality(NamedTuple):
    """One side of the posts: their vectors, the line of its cosines, its share of the whole, and
    what its vectors have in common (`cone.py`)."""

    vectors: VectorTable
    line: Line
    share: float
    common: tuple[float, ...] = ()


def similarity(modalities: Sequence[Modality], rows: NDArray[np.int64]) -> Likeness:
    """Likeness in [0, 1] of each two of the `rows`, [m, m].

    The mean, by share, of cosines along each modality's line, clipped to [0, 1]; over the
    modalities that both posts have, 0 where there is none.
    """
    return _mean(((each, _along(each, rows, each.line.high, 0.0)) for each in modalities), rows)


def kernel(modalities: Sequence[Modality], rows: NDArray[np.int64]) -> Likeness:
    """Inner products of the `rows` when what all posts have in common is taken away, [m, m].

    As `similarity`, with (cosine − low) / (1 − low), which is not clipped at 0.
    """
    return _mean(((each, _along(each, rows, 1.0, -1.0)) for each in modalities), rows)


def similarity_and_sameness(
    modalities: Sequence[Modality], rows: NDArray[np.int64]
) -> tuple[Likeness, Likeness]:
    """`similarity`, and how near each two of the `rows` are to being one thing, both [m, m].

    The latter in [0, 1] is the largest over modalities of ((cosine − low) / (1 − low))^4, 0 where
    both have none: the line of a modality ends where related posts do, far from where vectors are
    the same.
    """
    nearest = np.zeros((len(rows), len(rows)), dtype=np.float32)
    sides = []
    for each in modalities:
        likeness = _along(each, rows, 1.0, 0.0)
        np.maximum(nearest, likeness, out=nearest)
        likeness *= np.float32((1.0 - each.line.low) / (each.line.high - each.line.low))
        np.minimum(likeness, np.float32(1.0), out=likeness)
        sides.append((each, likeness))
    np.square(nearest, out=nearest)
    np.square(nearest, out=nearest)
    return _mean(sides, rows), nearest.astype(np.float64)


def _along(
    modality: Modality, rows: NDArray[np.int64], high: float, lowest: float
) -> NDArray[np.float32]:
    """Cosines on a line from the modality's low to `high`, clipped to [lowest, 1]; 0 is missing."""
    matrix, absent = modality.vectors.matrix(rows), np.flatnonzero(~modality.vectors.present[rows])
    likeness = matrix @ matrix.T
    if modality.common:
        take_out(likeness, matrix @ np.array(modality.common, dtype=np.float32))
    likeness -= np.float32(modality.line.low)
    likeness *= np.float32(1.0 / (high - modality.line.low))
    np.maximum(likeness, np.float32(lowest), out=likeness)
    np.minimum(likeness, np.float32(1.0), out=likeness)
    likeness[absent] = 0.0
    likeness[:, absent] = 0.0
    return likeness


def _mean(
    likenesses: Iterable[tuple[Modality, NDArray[np.float32]]], rows: NDArray[np.int64]
) -> Likeness:
    """The mean by share, over the modalities that both posts have."""
    total = np.zeros((len(rows), len(rows)), dtype=np.float32)
    shares = np.zeros_like(total)
    for modality, likeness in likenesses:
        present = modality.vectors.present[rows].astype(np.float32)
        total += np.float32(modality.share) * likeness
        shares += np.outer(modality.share * present, present)
    np.divide(total, shares, out=total, where=shares > 0)
    return total.astype(np.float64)
