"""How videos are read. Settings, FEEDLENS_VIDEO__<NAME>."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True, slots=True)
class VideoParameters:
    """What videos are accepted, and what decoding one may cost.

    `frames`: that are sampled at most, and given to the models. `max_pixels` of a frame,
    `max_bytes` of the file. `timeout_s` and `cpu_s` are for decoding one video, `memory_bytes` for
    what its process allocates. `deadline_s` is for all that a request asks of a video, decoding
    and models together, where one with a picture has FEEDLENS_DEADLINE_S. `at_once`: processes
    that decode at the same time. `kept`: videos whose frames are kept in memory for the next
    request, about 1 MB each.
    """

    frames: Annotated[int, Field(ge=1, le=64)] = 8
    max_bytes: Annotated[int, Field(gt=0)] = 500_000_000
    max_duration_s: Annotated[float, Field(gt=0, le=604_800)] = 7_200.0
    max_pixels: Annotated[int, Field(gt=0)] = 4096 * 2304
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 15.0
    deadline_s: Annotated[float, Field(gt=0, le=3600)] = 20.0
    cpu_s: Annotated[int, Field(gt=0, le=3600)] = 10
    memory_bytes: Annotated[int, Field(ge=64_000_000, le=10**12)] = 350_000_000
    at_once: Annotated[int, Field(ge=1)] = 1
    kept: Annotated[int, Field(ge=0, le=1000)] = 8
