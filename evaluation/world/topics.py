"""What posts can be about."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Topics:
    """`vectors` [t, d], unit; `theme` [t]: topics of one theme are alike (cosine about 0.6)."""

    vectors: Floats
    theme: NDArray[np.int64]


def make_topics(
    rng: np.random.Generator, *, themes: int = 12, each: int = 4, dimension: int = 96
) -> Topics:
    """`each` topics around each of `themes` random centres."""
    theme = np.repeat(np.arange(themes), each)
    centres = unit(rng.standard_normal((themes, dimension)))
    own = unit(rng.standard_normal((themes * each, dimension)))
    return Topics(unit(centres[theme] + 0.8 * own), theme)


def unit(rows: Floats) -> Floats:
    """Rows [n, d] at length one."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Floats = rows / lengths
    return scaled
