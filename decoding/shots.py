"""A decoded frame on its way to a picture: its size, shape, colours and which way is up."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from decoding.refused import Refused
from decoding.scenes import LOOK_HEIGHT, LOOK_WIDTH, Pixels

_COMPACT = ("yuv420p", "yuvj420p", "rgb24", "rgba")
_T = Image.Transpose
_TURNS = {
    # The signs of a, b, c and d, by which a display matrix says where x and y go.
    (0, 1, -1, 0): _T.ROTATE_270,
    (-1, 0, 0, -1): _T.ROTATE_180,
    (0, -1, 1, 0): _T.ROTATE_90,
    (-1, 0, 0, 1): _T.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): _T.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): _T.TRANSPOSE,
    (0, -1, -1, 0): _T.TRANSVERSE,
}
_SIDEWAYS = frozenset({_T.ROTATE_90, _T.ROTATE_270, _T.TRANSPOSE, _T.TRANSVERSE})


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Refused for more pixels than are accepted, and for none."""
    if width <= 0 or height <= 0:
        raise Refused("undecodable", "its video has no size")
    if width * height > max_pixels:
        raise Refused(
            "too-large",
            f"its frames have {width} × {height} = {width * height:,} pixels; "
            f"at most {max_pixels:,} are accepted",
        )


def check_length(duration_s: float, max_duration_s: float) -> None:
    """Refused for more seconds than are accepted."""
    if duration_s > max_duration_s:
        raise Refused(
            "too-large",
            f"it lasts {duration_s:,.0f} s; at most {max_duration_s:,.0f} s are accepted",
        )


Convert = Callable[[Any, int, int, str], Any]
"""A frame, a width, a height and a pixel format → the frame in those."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame as FFmpeg gives it, shown at `time_s`.

    Its pixels are `stretch` times as wide as high; upright it is when it has been turned by `turn`.
    """

    time_s: float
    frame: Any
    convert: Convert
    turn: Image.Transpose | None = None
    stretch: float = 1.0

    def small(self) -> Pixels:
        """UINT8 [144, 256, 3] in RGB, whatever its shape, and as it lies."""
        return self._rgb(LOOK_WIDTH, LOOK_HEIGHT)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels as it is seen: upright, its pixels square."""
        width, height = self._squared()
        return (height, width) if self.turn in _SIDEWAYS else (width, height)

    def _squared(self) -> tuple[int, int]:
        return max(1, round(self.frame.width * self.stretch)), self.frame.height

    def held(self, max_side_px: int) -> Shot:
        """The same in little memory: with sides of at most `max_side_px`, few bytes a pixel."""
        width, height = self._squared()
        scale = min(1.0, max_side_px / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if size == (self.frame.width, self.frame.height) and self.frame.format.name in _COMPACT:
            return replace(self, stretch=1.0)
        layout = "rgba" if _has_alpha(self.frame) else "rgb24"
        return replace(self, frame=self.convert(self.frame, *size, layout), stretch=1.0)

    def upright(self) -> Image.Image:
        """A picture in RGB, what is transparent over white; after `held`, of its size."""
        frame, turn = self.frame, self.turn
        if _has_alpha(frame):
            pixels = self.convert(frame, frame.width, frame.height, "rgba").to_ndarray()
            image = over_white(Image.fromarray(pixels, "RGBA"))
        else:
            image = Image.fromarray(self._rgb(frame.width, frame.height), "RGB")
        return image if turn is None else image.transpose(turn)

    def _rgb(self, width: int, height: int) -> Pixels:
        return np.asarray(self.convert(self.frame, width, height, "rgb24").to_ndarray(), np.uint8)


def over_white(image: Image.Image) -> Image.Image:
    """A picture of mode RGBA without its transparency."""
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def turn_of(frame: Any) -> Image.Transpose | None:
    """How its display matrix says that a frame is turned to be upright, to the next quarter."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return None
    a, b, _, c, d, *_ = struct.unpack("<9i", bytes(matrix))
    if max(abs(a), abs(d)) >= max(abs(b), abs(c)):
        b = c = 0
    else:
        a = d = 0
    return _TURNS.get((_sign(a), _sign(b), _sign(c), _sign(d)))


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _has_alpha(frame: Any) -> bool:
    return frame.format.name == "pal8" or any(c.is_alpha for c in frame.format.components)
