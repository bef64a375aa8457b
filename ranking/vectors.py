"""The vectors of many posts in one modality, as one matrix."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.types import Vector


@dataclass(frozen=True, slots=True)
class VectorTable:
    """`matrix` [n, d] float32, `present` [n]; the row of a post without a vector is zero."""

    matrix: NDArray[np.float32]
    present: NDArray[np.bool_]

    @classmethod
    def of(cls, vectors: Sequence[Vector | None]) -> "VectorTable | None":
        """Vectors as a table; None where there is none. ValueError where their lengths differ."""
        given = [vector for vector in vectors if vector is not None]
        if not given:
            return None
        if len({vector.shape for vector in given}) > 1:
            raise ValueError("the vectors of one modality differ in length")
        zeros = np.zeros_like(given[0])
        rows = [zeros if vector is None else vector for vector in vectors]
        return cls(
            matrix=np.concatenate(rows).reshape(len(rows), -1),
            present=np.array([vector is not None for vector in vectors]),
        )
