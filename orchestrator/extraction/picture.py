"""What can be told of an upload from its header, before anything is decoded."""

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from orchestrator.errors import InvalidRequest, TooLarge, UndecodableMedia

# Our own limit is stricter than Pillow's, and names the size.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
_EXIF_ORIENTATION = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})


@dataclass(frozen=True, slots=True)
class Picture:
    """An upload that looks like a picture: `width` and `height` in pixels of the upright one."""

    data: bytes
    content_hash: str
    width: int
    height: int


def inspect(data: bytes, *, max_pixels: int) -> Picture:
    """Recognise a picture by its content and measure it.

    Raises InvalidRequest for no bytes, UndecodableMedia for what is none of FORMATS, TooLarge
    for more than `max_pixels`.
    """
    if not data:
        raise InvalidRequest("the uploaded file is empty")
    width, height, orientation = _header(data)
    if width * height > max_pixels:
        raise TooLarge(
            f"the picture has {width} × {height} = {width * height:,} pixels; "
            f"at most {max_pixels:,} are accepted"
        )
    if orientation in _SIDEWAYS:
        width, height = height, width
    return Picture(data, f"sha256:{hashlib.sha256(data).hexdigest()}", width, height)


def _header(data: bytes) -> tuple[int, int, int]:
    """Width, height and EXIF orientation; Pillow's errors become ours here."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return *image.size, image.getexif().get(_EXIF_ORIENTATION, 1)
    except UnidentifiedImageError as exc:
        kinds = ", ".join(FORMATS)
        raise UndecodableMedia(f"the upload is not a picture of a known kind ({kinds})") from exc
    except (OSError, SyntaxError, ValueError, EOFError) as exc:
        raise UndecodableMedia(f"the picture's header can't be read: {exc}") from exc
