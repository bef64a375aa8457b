"""Bytes of an uploaded image -> upright RGB pixels, for formats and sizes that are allowed."""

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError, features

from serving.backends.errors import InvalidInputError

DEFAULT_MAX_PIXELS = 50_000_000

# The longest that a JPEG can have. A line of one by 50,000,000 pixels has few enough of them, but
# its rows cost Pillow 1.4 GB here, and a resize of it many times that.
MAX_SIDE_PX = 65_535

# `decode` holds a stricter limit, and Pillow's own would only warn.
Image.MAX_IMAGE_PIXELS = None

# Pillow is asked for these alone: its other readers start programs (EPS) or are hardly used.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP") + (("AVIF",) if features.check("avif") else ())

# What Pillow's readers raise on bytes that are not what they claim to be.
_MALFORMED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)


def decode(data: bytes, max_pixels: int = DEFAULT_MAX_PIXELS) -> Image.Image:
    """Decodes the first frame of `data` to an upright RGB image.

    Transparency is composited on white, and EXIF orientation is applied. The conversion to RGB
    is that of transformers' `convert_to_rgb`, bit for bit.

    Raises:
        InvalidInputError: empty, of no allowed format, truncated, of more than `max_pixels`
            pixels or with a side of more than MAX_SIDE_PX, which the header tells before anything
            is decoded.
    """
    image = _open(data)
    width, height = image.size
    if width * height > max_pixels:
        raise InvalidInputError(
            f"the image has {width} x {height} pixels; the limit is {max_pixels:,} pixels"
        )
    if max(width, height) > MAX_SIDE_PX:
        raise InvalidInputError(
            f"the image has {width} x {height} pixels; a side may have {MAX_SIDE_PX:,}"
        )
    try:
        image.load()
        return _to_rgb(_upright(image))
    except _MALFORMED as error:
        raise InvalidInputError(f"the {image.format} image is damaged or truncated") from error


def _open(data: bytes) -> Image.Image:
    if not data:
        raise InvalidInputError("the image is empty")
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise InvalidInputError(f"not an image in one of {', '.join(FORMATS)}") from error
    except _MALFORMED as error:
        raise InvalidInputError("the image's header is damaged") from error


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except _MALFORMED:
        # Broken EXIF beside sound pixels: the picture is shown as it is stored.
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if "A" in image.getbands() or image.info.get("transparency") is not None:
        overlay = image.convert("RGBA")
        white = Image.new("RGBA", overlay.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, overlay).convert("RGB")
    return image.convert("RGB")
