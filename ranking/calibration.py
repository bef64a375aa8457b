"""Cosines of different models on one scale.

CLIP puts unrelated pictures at a cosine near 0.5, a sentence encoder puts unrelated texts near 0:
without calibration, 30 % of the one is not 30 % of the other.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Calibration:
    """A non-decreasing, piecewise linear map from cosine to [0, 1].

    `cosines` rise strictly, `values` do not fall; outside the knots the map is flat.
    Raises ValueError for knots that are no such map.
    """

    name: str
    cosines: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.cosines) != len(self.values) or not self.cosines[1:]:
            raise ValueError(f"calibration {self.name!r} needs two knots or more, in pairs")
        if not all(a < b for a, b in zip(self.cosines, self.cosines[1:], strict=False)):
            raise ValueError(f"calibration {self.name!r}: cosines must rise")
        if not all(a <= b for a, b in zip(self.values, self.values[1:], strict=False)):
            raise ValueError(f"calibration {self.name!r}: values must not fall")
        if not (self.values[0] >= 0 and self.values[-1] <= 1):
            raise ValueError(f"calibration {self.name!r}: values must lie in [0, 1]")

    def __call__(self, cosines: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map cosines of any shape; NaN stays NaN."""
        return np.interp(cosines, self.cosines, self.values)


@dataclass(frozen=True, slots=True)
class ModalityCalibrations:
    """The maps of one modality, whose cosines depend on what is compared.

    `mean`: a mean of liked posts with a post. `pair`: a post with a post. `common` [d]: the
    direction that all vectors share, which is taken out before they are compared (`cone.py`);
    empty where the maps are of plain cosines.
    """

    mean: Calibration
    pair: Calibration
    common: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Calibrations:
    """The maps of each modality; without `legacy`, vectors of the older model are not heeded."""

    visual: ModalityCalibrations
    text: ModalityCalibrations
    legacy: ModalityCalibrations | None = None
