"""How well a caption describes its picture."""

import numpy as np
from numpy.typing import NDArray

_SCALE = 2.5


def alignment_score(visual: NDArray[np.float32], caption: NDArray[np.float32]) -> float:
    """CLIPScore (Hessel et al. 2021), capped at 1: min(1, 2.5 · max(cos, 0)).

    Both are unit vectors of CLIP, of shape [d].
    """
    return min(1.0, _SCALE * max(0.0, float(visual @ caption)))
