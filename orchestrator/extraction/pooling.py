"""One vector for a video, of those of its frames."""

from collections.abc import Sequence

from orchestrator.inference.models import Vector
from ranking.vectors import unit_mean


def pooled(frames: Sequence[Vector], representative: int) -> Vector:
    """The mean of the frames' unit vectors [d], normed.

    Frames that cancel each other out have no mean direction: then it is the vector of the frame
    that stands for the video, at the position `representative`.
    """
    mean = unit_mean(frames)
    return frames[representative] if mean is None else mean
