"""Animated GIF and WebP by Pillow, from the first frame to the last: they can't be sought in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO, Final

from PIL import Image

from decoding.jpegs import fitted, small
from decoding.outlines import Outline, outline
from decoding.protocol import Task
from decoding.refused import Refused
from decoding.scenes import Pixels
from decoding.shots import check_length, check_size
from decoding.stills import plain_rgb

_FORMATS: Final = {"gif": "GIF", "webp": "WEBP"}
_MOST_PIXELS = 400_000_000
"""All frames together: a few seconds' work of one core."""
_MOST_FRAMES = 20_000
_LOOKED_AT = 160
_DAMAGED = "the animation can't be decoded: it is damaged or cut off"


@dataclass(frozen=True, slots=True)
class Still:
    """A frame of an animation in RGB, shown at `time_s`."""

    time_s: float
    image: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.size

    def small(self) -> Pixels:
        """As it is looked at."""
        return small(self.image)

    def held(self, max_side_px: int) -> Still:
        """The same with sides of at most `max_side_px`."""
        return Still(self.time_s, fitted(self.image, max_side_px))

    def upright(self) -> Image.Image:
        """The picture."""
        return self.image


class Animation:
    """An animation that is open: how long it lasts, and its frames."""

    def __init__(self, image: Image.Image, delays_s: Sequence[float]) -> None:
        self._image = image
        self._starts = list(accumulate(delays_s, initial=0.0))
        self.duration_s = self._starts.pop()

    def frames(self) -> Iterator[Still]:
        """Those that are looked at, evenly over its length; up to where it is damaged."""
        count = len(self._starts)
        step_s = self.duration_s / _LOOKED_AT
        due_s = 0.0
        for i, start_s in enumerate(self._starts):
            try:
                self._image.seek(i)
                if start_s + 1e-6 < due_s and i < count - 1:
                    continue
                frame = plain_rgb(self._image)
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001 - on bytes that lie, Pillow's readers raise anything
                return
            due_s = start_s + step_s
            yield Still(round(start_s, 3), frame)


def open_animation(file: BinaryIO, task: Task) -> Animation:
    """An animation; Refused for one that is too large, too long or is none."""
    try:
        outlined = outline(file, task.container)
        _check(outlined, task)
        file.seek(0)
        image = Image.open(file, formats=(_FORMATS[task.container],))
    except (MemoryError, Refused):
        raise
    except Exception as exc:
        raise Refused("undecodable", _DAMAGED) from exc
    check_size(*image.size, task.max_pixels)
    return Animation(image, outlined.delays_s)


def _check(outlined: Outline, task: Task) -> None:
    if not outlined.delays_s:
        raise Refused("undecodable", "the animation has no frame")
    width, height = outlined.size
    check_size(width, height, task.max_pixels)
    count = len(outlined.delays_s)
    pixels = width * height * count
    if count > _MOST_FRAMES:
        raise Refused(
            "too-large",
            f"the animation has {count:,} frames; at most {_MOST_FRAMES:,} are decoded",
        )
    if pixels > _MOST_PIXELS:
        raise Refused(
            "too-large",
            f"the animation has {count:,} frames of {width} × {height}, {pixels:,} pixels in all; "
            f"at most {_MOST_PIXELS:,} are decoded",
        )
    check_length(sum(outlined.delays_s), task.max_duration_s)
