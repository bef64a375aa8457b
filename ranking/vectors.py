"""The vectors of many posts in one modality."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.types import Vector

_CHUNK = 64
"""Rows that are copied together at once: a matrix of all would be megabytes for every ranking."""

_NO_DIRECTION = 1e-6


@dataclass(frozen=True, slots=True)
class VectorTable:
    """One vector [d] a post, zeros for a post without one, and which are `present` [n]."""

    vectors: tuple[Vector, ...]
    present: NDArray[np.bool_]

    @classmethod
    def of(cls, vectors: Sequence[Vector | None]) -> "VectorTable | None":
        """Vectors as a table; None where there is none. ValueError where their lengths differ."""
        given = [vector for vector in vectors if vector is not None]
        if not given:
            return None
        if len(set(map(len, given))) > 1:
            raise ValueError("the vectors of one modality differ in length")
        zeros = np.zeros_like(given[0])
        return cls(
            tuple([zeros if vector is None else vector for vector in vectors]),
            np.array([vector is not None for vector in vectors]),
        )

    def matrix(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of some rows, [m, d]."""
        return _stacked([self.vectors[row] for row in rows.tolist()])

    def products(self, others: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        """Inner products of the first `count` posts with `others` [k, d], [count, k]."""
        turned = others.T
        return np.concatenate(
            [
                _stacked(self.vectors[start : min(start + _CHUNK, count)]) @ turned
                for start in range(0, count, _CHUNK)
            ]
        )


def unit_mean(vectors: Sequence[Vector]) -> Vector | None:
    """The direction of the mean of unit vectors [d]; None where there is none."""
    if not vectors:
        return None
    mean = _stacked(vectors).mean(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(mean))
    return (mean / length).astype(np.float32) if length > _NO_DIRECTION else None


def _stacked(vectors: Sequence[Vector]) -> NDArray[np.float32]:
    # np.stack takes several times as long for many short rows.
    return np.concatenate(vectors).reshape(len(vectors), -1)
