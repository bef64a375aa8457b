"""Asks the decoder in the test's own process."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from decoding.protocol import Answer, Container, Task
from decoding.reading import decode
from decoding.refused import Refused
from tests.support.videos import Pixels

TASK: dict[str, Any] = {
    "max_frames": 8,
    "max_side_px": 1280,
    "thumbnail_px": 96,
    "max_pixels": 4096 * 2304,
    "max_duration_s": 7200.0,
    "memory_bytes": 320_000_000,
    "cpu_s": 10,
}


def decoded(data: bytes, container: Container = "mp4", **limits: Any) -> Answer:
    """What it answers."""
    return decode(BytesIO(data), Task(container, **{**TASK, **limits}))


def refused(data: bytes, container: Container = "mp4", **limits: Any) -> Refused:
    """Why it refuses."""
    with pytest.raises(Refused) as caught:
        decoded(data, container, **limits)
    return caught.value


def pictures(answer: Answer) -> list[Pixels]:
    """Its frames, decoded."""
    return [np.asarray(Image.open(BytesIO(image))) for image in answer.images]


def times(answer: Answer) -> list[float]:
    """When its frames are shown."""
    return [frame.time_s for frame in answer.frames]


def distance(picture: Pixels, other: Pixels) -> float:
    """The mean difference of two pictures of the same size."""
    return float(np.abs(picture.astype(int) - other).mean())


def nearest(answer: Answer, picture: Pixels) -> tuple[float, float]:
    """The time of the frame most like a picture, and how far that is from it."""
    found = min(
        zip(times(answer), pictures(answer), strict=True), key=lambda at: distance(at[1], picture)
    )
    return found[0], distance(found[1], picture)
