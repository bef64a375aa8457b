"""How well a caption describes its picture, or its video."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SCALE = 2.5


def alignment_score(visual: NDArray[np.float32], caption: NDArray[np.float32]) -> float:
    """CLIPScore (Hessel et al. 2021), capped at 1: min(1, 2.5 · max(cos, 0)).

    Both are unit vectors of CLIP, of shape [d].
    """
    return min(1.0, _SCALE * max(0.0, float(visual @ caption)))


def video_alignment_score(
    pooled: NDArray[np.float32],
    frames: Sequence[NDArray[np.float32]],
    caption: NDArray[np.float32],
) -> float:
    """(CLIPScore of the pooled vector + the best CLIPScore of a frame) / 2.

    A caption may tell of the whole video or of one moment in it. The mean of a coarse and a fine
    match is that of EMScore (Shi et al. 2022), whose fine one matches each word of the caption to
    its best frame. All are unit vectors of CLIP, of shape [d]; `frames` holds at least one.
    """
    best = max(alignment_score(frame, caption) for frame in frames)
    return (alignment_score(pooled, caption) + best) / 2
