"""A hash of what a picture shows: near for copies of it, far for other pictures.

The DCT hash: C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010,
section 3.2.1 (pHash).
"""

import numpy as np
from numpy.typing import NDArray

_SIDE = 32
_FREQUENCIES = slice(1, 9)
# ITU-R BT.601, as Pillow's "L".
_LUMA = np.array([0.299, 0.587, 0.114])
# Of the orthonormal DCT, in grey levels. JPEG at quality 40 moves a coefficient by about half.
_MIN_CONTRAST = 1.0


def perceptual_hash(image: NDArray[np.uint8]) -> str | None:
    """The hash of an RGB picture [height, width, 3], sides multiples of 32: 16 hex digits.

    Grey, means of 32 × 32 blocks, DCT-II, the 8 × 8 lowest frequencies but those of index 0; a
    bit each, row by row and the highest first: whether the coefficient is above their median.
    None where most of them hardly differ, such as of one colour: their bits would be noise.
    Raises ValueError for another shape.
    """
    height, width, channels = image.shape
    if height % _SIDE or width % _SIDE or channels != len(_LUMA):
        raise ValueError(f"a picture of shape {list(image.shape)} has no whole 32 × 32 blocks")
    rows = image.reshape(_SIDE, height // _SIDE, -1).sum(axis=1, dtype=np.uint32)
    blocks = rows.reshape(_SIDE, _SIDE, width // _SIDE, channels).sum(axis=2)
    grey = blocks @ _LUMA * (_SIDE * _SIDE / (height * width))
    low = (_BASIS @ grey @ _BASIS.T).ravel()
    distance = low - np.median(low)
    if np.median(np.abs(distance)) < _MIN_CONTRAST:
        return None
    return np.packbits(distance > 0).tobytes().hex()


def _basis() -> NDArray[np.float64]:
    """The rows of the orthonormal DCT-II of 32 samples that the hash needs, [8, 32]."""
    frequency = np.arange(_SIDE)[_FREQUENCIES, None]
    angle = np.pi * frequency * (2 * np.arange(_SIDE) + 1) / (2 * _SIDE)
    basis: NDArray[np.float64] = np.sqrt(2 / _SIDE) * np.cos(angle)
    return basis


_BASIS = _basis()
