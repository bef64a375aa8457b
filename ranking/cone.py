"""What all vectors of a model share tells nothing of any: it is taken out of them.

CLIP's pictures lie in a cone (Liang et al., NeurIPS 2022), and a mean of many points the more along
its axis, the less they have in common: cosines of means then say how alike the liked posts are
among each other. Without the axis they do not (all-but-the-top, Mu & Viswanath, ICLR 2018; one
direction here).
"""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

_NOTHING = 1e-3
"""Length, of 1, below which a vector is all cone."""


def common_direction(vectors: Matrix) -> tuple[float, ...]:
    """Unit direction of the mean of unit `vectors` [n, d]; empty where they have none."""
    mean = vectors.mean(axis=0, dtype=np.float64) if len(vectors) else np.zeros(0)
    length = float(np.linalg.norm(mean))
    return tuple((mean / length).round(6).tolist()) if length > _NOTHING else ()


def without(vectors: Matrix, common: tuple[float, ...]) -> Matrix:
    """Unit `vectors` [n, d] without their part along `common`, at length one again.

    What lies along it wholly becomes zeros. The same vectors where `common` is empty. Raises
    ValueError where the dimensions differ.
    """
    if not common:
        return vectors
    axis = np.array(common, dtype=np.float32)
    along = vectors @ axis
    rest = vectors - np.outer(along, axis)
    length = np.sqrt(np.maximum(1.0 - along * along, 0.0))
    rest[length < _NOTHING] = 0.0
    rest /= np.maximum(length, np.float32(_NOTHING))[:, None]
    return rest.astype(np.float32, copy=False)


def take_out(products: Matrix, along: Matrix) -> None:
    """Turn inner products of unit vectors among each other, [n, n], into those `without`.

    `along` [n]: each vector's part along what is common.
    """
    length = np.sqrt(np.maximum(1.0 - along * along, 0.0))
    scale = np.where(length > _NOTHING, 1.0 / np.maximum(length, _NOTHING), 0.0)
    scale = scale.astype(np.float32)
    products -= np.outer(along, along)
    products *= scale[:, None]
    products *= scale
