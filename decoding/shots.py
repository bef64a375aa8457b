"""A decoded frame on its way to a picture: its size, shape, colours and which way is up."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from decoding.refused import Refused
from decoding.scenes import LOOK_HEIGHT, LOOK_WIDTH, Pixels

_HIGH_DEFINITION = 720
_BT709, _UNSPECIFIED = 1, 2
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


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame as FFmpeg gives it, shown at `time_s`, its pixels `stretch` times as wide as high."""

    time_s: float
    frame: Any
    stretch: float = 1.0

    def small(self) -> Pixels:
        """UINT8 [144, 256, 3] in RGB, whatever its shape, and as it lies."""
        return _rgb(self.frame, LOOK_WIDTH, LOOK_HEIGHT)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels as it is seen: upright, its pixels square."""
        width, height = self._squared()
        return (height, width) if _turn(self.frame) in _SIDEWAYS else (width, height)

    def _squared(self) -> tuple[int, int]:
        return max(1, round(self.frame.width * self.stretch)), self.frame.height

    def held(self, max_side_px: int) -> Shot:
        """The same in little memory: with sides of at most `max_side_px`, 8 bits a channel."""
        width, height = self._squared()
        scale = min(1.0, max_side_px / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        layout = _layout(self.frame)
        if (*size, layout) == (self.frame.width, self.frame.height, self.frame.format.name):
            return Shot(self.time_s, self.frame)
        return Shot(self.time_s, _converted(self.frame, *size, layout))

    def upright(self) -> Image.Image:
        """A picture in RGB, what is transparent over white; after `held`, of its size."""
        frame, turn = self.frame, _turn(self.frame)
        if _has_alpha(frame):
            pixels = _converted(frame, frame.width, frame.height, "rgba").to_ndarray()
            image = over_white(Image.fromarray(pixels, "RGBA"))
        else:
            image = Image.fromarray(_rgb(frame, frame.width, frame.height), "RGB")
        return image if turn is None else image.transpose(turn)


def over_white(image: Image.Image) -> Image.Image:
    """A picture of mode RGBA without its transparency."""
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _turn(frame: Any) -> Image.Transpose | None:
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


def _layout(frame: Any) -> str:
    """Its own pixel format, or a smaller one that its picture needs no more than."""
    if _has_alpha(frame):
        return "rgba"
    if frame.format.name in ("yuv420p", "yuvj420p"):
        return str(frame.format.name)
    return "rgb24" if frame.format.is_rgb else "yuv420p"


def _rgb(frame: Any, width: int, height: int) -> Pixels:
    return np.asarray(_converted(frame, width, height, "rgb24").to_ndarray(), np.uint8)


def _converted(frame: Any, width: int, height: int, layout: str) -> Any:
    # High-definition video that does not say its colours is meant in those of BT.709.
    meant = frame.colorspace
    if meant == _UNSPECIFIED and max(frame.width, frame.height) >= _HIGH_DEFINITION:
        meant = _BT709
    return frame.reformat(
        width=width, height=height, format=layout, src_colorspace=meant, interpolation="AREA"
    )
