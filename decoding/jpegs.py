"""Pictures as they leave: JPEGs of a size."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

from decoding.scenes import LOOK_HEIGHT, LOOK_WIDTH, Pixels

_QUALITY = 90
_THUMBNAIL_QUALITY = 80


def fitted(image: Image.Image, max_side_px: int) -> Image.Image:
    """A picture with sides of at most this; no larger than it was."""
    scale = min(1.0, max_side_px / max(image.size))
    if scale == 1.0:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def frame_jpeg(image: Image.Image) -> bytes:
    """A frame for the models: small letters stay readable, thin coloured ones too."""
    return _jpeg(image, quality=_QUALITY, subsampling="4:4:4")


def thumbnail_jpeg(image: Image.Image, side_px: int) -> bytes:
    """What is shown in place of an upload."""
    return _jpeg(fitted(image, side_px), quality=_THUMBNAIL_QUALITY, subsampling="4:2:0")


def _jpeg(image: Image.Image, *, quality: int, subsampling: str) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=quality, subsampling=subsampling)
    return file.getvalue()


def small(image: Image.Image) -> Pixels:
    """A picture as it is looked at: UINT8 [144, 256, 3] in RGB, whatever its shape."""
    return np.asarray(image.resize((LOOK_WIDTH, LOOK_HEIGHT), Image.Resampling.BOX), np.uint8)


@dataclass(frozen=True, slots=True)
class Packed:
    """A picture that takes little memory: its JPEG."""

    jpeg: bytes

    def upright(self) -> Image.Image:
        """The picture."""
        return Image.open(BytesIO(self.jpeg), formats=("JPEG",)).convert("RGB")
