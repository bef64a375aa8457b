"""The thumbnail of a picture."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

# Plugins, and what they import only when it is needed: in the decoder's process that is too late.
from PIL import (  # noqa: F401
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from decoding.jpegs import thumbnail_jpeg
from decoding.protocol import Answer, Task
from decoding.refused import Refused
from decoding.shots import check_size, over_white

Image.MAX_IMAGE_PIXELS = None  # Ours is stricter, and names the size.
Image.preinit()

_SCALABLE = frozenset({"RGB", "RGBA", "L", "LA", "CMYK"})
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")


def decode(file: BinaryIO, task: Task) -> Answer:
    """No frames, and a thumbnail: upright, over white where it is transparent."""
    try:
        image = Image.open(file, formats=FORMATS)
        check_size(*image.size, task.max_pixels)
        size = image.size
        # A JPEG is decoded at a fraction of its size, no smaller than twice the thumbnail.
        image.draft("RGB", (2 * task.thumbnail_px, 2 * task.thumbnail_px))
        if image.mode in _SCALABLE:
            # Before it is copied: the largest pictures fit into memory just once.
            image.thumbnail((2 * task.thumbnail_px, 2 * task.thumbnail_px), reducing_gap=2.0)
        upright = ImageOps.exif_transpose(image)
        if (upright.width > upright.height) != (image.width > image.height):
            size = size[::-1]
        thumbnail = thumbnail_jpeg(plain_rgb(upright), task.thumbnail_px)
    except (MemoryError, Refused):
        raise
    except Exception as exc:
        raise Refused("undecodable", "it is damaged, or takes too much memory") from exc
    return Answer(0.0, size[0], size[1], 0, (), (), thumbnail)


def plain_rgb(image: Image.Image) -> Image.Image:
    """The picture in RGB, what is transparent over white."""
    if image.has_transparency_data:
        return over_white(image.convert("RGBA"))
    if image.mode.startswith("I"):
        # Of 16 bits: Pillow would take all but the darkest for white.
        image = Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8))
    return image.convert("RGB")
