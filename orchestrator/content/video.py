"""A video, and what was sampled of it."""

from dataclasses import dataclass

from decoding.protocol import Container
from orchestrator.content.disk_file import DiskFile
from orchestrator.content.picture import Picture


@dataclass(frozen=True, slots=True)
class Video:
    """An upload that looks like a video, or an animation of more than one frame."""

    file: DiskFile
    content_hash: str
    container: Container


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as the models are given it, maybe scaled down; `time_s` from the video's start."""

    time_s: float
    picture: Picture


@dataclass(frozen=True, slots=True)
class Sampled:
    """Frames over a video's whole length, in order: at least one, no two nearly alike.

    `width` and `height` are pixels of the upright video. `representative` is the frame that stands
    for all of it, `thumbnail` a small JPEG of that.
    """

    duration_s: float
    width: int
    height: int
    frames: tuple[Frame, ...]
    representative: Frame
    thumbnail: bytes


Medium = Picture | Video
