"""What can be told of an upload from its header, before anything is decoded."""

import hashlib
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from orchestrator.errors import InvalidRequest, TooLarge, UndecodableMedia

# Our own limit is stricter than Pillow's, and names the size.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")

# The longest that a JPEG can have, and the longest that serving decodes.
MAX_SIDE_PX = 65_535

_EXIF_ORIENTATION = 0x0112
_UPRIGHT = 1
_SIDEWAYS = frozenset({5, 6, 7, 8})
_PNG_SIGNATURE_BYTES = 8
_PNG_DESCRIPTION = frozenset({b"IHDR", b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"IEND"})


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
    for more than `max_pixels` or a side of more than MAX_SIDE_PX.
    """
    if not data:
        raise InvalidRequest("the uploaded file is empty")
    with _open(data, FORMATS) as image:
        width, height = image.size
        _check_size(width, height, max_pixels)
        if _orientation(image, data) in _SIDEWAYS:
            width, height = height, width
    return Picture(data, f"sha256:{hashlib.sha256(data).hexdigest()}", width, height)


def _open(data: bytes, formats: tuple[str, ...]) -> Image.Image:
    """The picture with its header read; Pillow's errors become ours here."""
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except UnidentifiedImageError as exc:
        kinds = ", ".join(FORMATS)
        raise UndecodableMedia(f"the upload is not a picture of a known kind ({kinds})") from exc
    except Exception as exc:
        # On bytes that lie, its readers raise anything: struct.error, OverflowError, MemoryError.
        raise UndecodableMedia(f"the picture's header can't be read: {exc}") from exc


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise TooLarge(
            f"the picture has {width} × {height} = {width * height:,} pixels; "
            f"at most {max_pixels:,} are accepted"
        )
    if max(width, height) > MAX_SIDE_PX:
        raise TooLarge(
            f"the picture has {width} × {height} pixels; a side of at most {MAX_SIDE_PX:,} "
            "is accepted"
        )


def _orientation(image: Image.Image, data: bytes) -> int:
    """The EXIF orientation; upright where EXIF is broken, as serving takes it too."""
    try:
        found = _tagged_orientation(image)
        if found is None and image.format == "PNG":
            with _open(b"".join(_description(data)), ("PNG",)) as described:
                found = _tagged_orientation(described)
        return _UPRIGHT if found is None else found
    except Exception:  # noqa: BLE001 - on tags that lie, Pillow raises as freely as on headers
        return _UPRIGHT


def _tagged_orientation(image: Image.Image) -> int | None:
    # Not image.getexif(): that of a PNG decodes the whole picture first.
    found: int | None = Image.Image.getexif(image).get(_EXIF_ORIENTATION)
    return found


def _description(png: bytes) -> Iterator[bytes]:
    """A PNG without its pixels: what stands behind them, Pillow reads only by decoding them."""
    yield png[:_PNG_SIGNATURE_BYTES]
    start = _PNG_SIGNATURE_BYTES
    while start + 8 <= len(png):
        length, kind = struct.unpack_from(">I4s", png, start)
        end = start + length + 12
        if kind in _PNG_DESCRIPTION:
            yield png[start:end]
        start = end
