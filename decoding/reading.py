"""An upload → frames that show what is in it: what the decoder's process does."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import BinaryIO, Protocol

from PIL import Image

from decoding import animations, containers, stills
from decoding.gallery import Chosen, Gallery, Seen
from decoding.jpegs import Packed, frame_jpeg, thumbnail_jpeg
from decoding.protocol import Answer, FrameHead, Task
from decoding.refused import Refused
from decoding.scenes import Pixels, look
from decoding.shots import check_length

_ROOM = 2
_LARGE_PIXELS = 3_000_000
"""Frames of more are scaled down at once: a few of them would take all the memory."""
_HELD_AS_THEY_ARE = 16
"""More frames than this are held as JPEGs, for the same reason."""


class Held(Protocol):
    """A picture that is kept while others are looked at."""

    def upright(self) -> Image.Image: ...


class Frame(Held, Protocol):
    """A decoded frame, shown at `time_s` from the start."""

    @property
    def time_s(self) -> float: ...

    @property
    def size(self) -> tuple[int, int]: ...

    def small(self) -> Pixels: ...

    def held(self, max_side_px: int) -> Frame: ...


def decode(file: BinaryIO, task: Task) -> Answer:
    """Samples an upload over its whole length; Refused where nothing can be had of it.

    The same bytes and task give the same answer, however busy the machine is.
    """
    if task.container == "picture":
        return stills.decode(file, task)
    if task.container in ("gif", "webp"):
        animation = animations.open_animation(file, task)
        return _sample(animation.frames(), animation.duration_s, task)
    with containers.open_film(file, task) as film:
        return _sample(film.shots(), film.duration_s, task)


def _sample(frames: Iterable[Frame], duration_s: float, task: Task) -> Answer:
    gallery: Gallery[Held] = Gallery(_ROOM * task.max_frames)
    size: tuple[int, int] | None = None
    for frame in frames:
        size = size or frame.size
        gallery.offer(_seen(frame, task))
        # Else it would stay in memory until the next is there.
        del frame
    chosen = gallery.choose(task.max_frames, duration_s)
    if chosen is None or size is None:
        raise Refused("undecodable", containers.DAMAGED)
    return _answer(chosen, duration_s, size, task)


def _seen(frame: Frame, task: Task) -> Seen[Held]:
    if frame.size[0] * frame.size[1] > _LARGE_PIXELS:
        frame = frame.held(task.max_side_px)
    return Seen(frame.time_s, look(frame.small()), partial(_held, frame, task))


def _held(frame: Frame, task: Task) -> Held:
    held = frame.held(task.max_side_px)
    return Packed(frame_jpeg(held.upright())) if task.max_frames > _HELD_AS_THEY_ARE else held


def _answer(chosen: Chosen[Held], duration_s: float, size: tuple[int, int], task: Task) -> Answer:
    # A header that counts frames as they are decoded ends before the last is shown.
    duration_s = max(round(duration_s, 3), chosen.times_s[-1])
    check_length(duration_s, task.max_duration_s)
    images, thumbnail = [], b""
    for i, picture in enumerate(chosen.pictures):
        image = picture.upright()
        images.append(frame_jpeg(image))
        if i == chosen.representative:
            thumbnail = thumbnail_jpeg(image, task.thumbnail_px)
    return Answer(
        duration_s=duration_s,
        width=size[0],
        height=size[1],
        representative=chosen.representative,
        frames=tuple(
            FrameHead(time_s, len(image))
            for time_s, image in zip(chosen.times_s, images, strict=True)
        ),
        images=tuple(images),
        thumbnail=thumbnail,
    )
