"""How alike posts are, by all the modalities that both have."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranking.calibration import Calibration
from ranking.cone import take_out
from ranking.vectors import VectorTable


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


def similarity(modalities: Sequence[Modality], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Likeness in [0, 1] of each two of the `rows`, [m, m].

    The mean, by share, of cosines along each modality's line, clipped to [0, 1]; over the
    modalities that both posts have, 0 where there is none.
    """
    return _mean(
        modalities,
        rows,
        [1.0 / (each.line.high - each.line.low) for each in modalities],
        lowest=0.0,
    )


def kernel(modalities: Sequence[Modality], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Inner products of the `rows` when what all posts have in common is taken away, [m, m].

    As `similarity`, with (cosine − low) / (1 − low), which is not clipped at 0.
    """
    return _mean(
        modalities, rows, [1.0 / (1.0 - each.line.low) for each in modalities], lowest=-1.0
    )


def _mean(
    modalities: Sequence[Modality],
    rows: NDArray[np.int64],
    slopes: Sequence[float],
    lowest: float,
) -> NDArray[np.float64]:
    total = np.zeros((len(rows), len(rows)), dtype=np.float32)
    presence = np.zeros((len(rows), len(modalities)), dtype=np.float32)
    for column, (modality, slope) in enumerate(zip(modalities, slopes, strict=True)):
        vectors, line, share, common = modality
        matrix, absent = vectors.matrix(rows), np.flatnonzero(~vectors.present[rows])
        likeness = matrix @ matrix.T
        if common:
            take_out(likeness, matrix @ np.array(common, dtype=np.float32))
        likeness -= np.float32(line.low)
        likeness *= np.float32(slope * share)
        np.maximum(likeness, np.float32(lowest * share), out=likeness)
        np.minimum(likeness, np.float32(share), out=likeness)
        likeness[absent] = 0.0
        likeness[:, absent] = 0.0
        total += likeness
        presence[:, column] = share**0.5 * vectors.present[rows]
    shares = presence @ presence.T
    np.divide(total, shares, out=total, where=shares > 0)
    return total.astype(np.float64)
