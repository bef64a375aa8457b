"""Pictures made for tests: noise, drawn text, and files that are not what they claim to be."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

ORIENTATION_TAG = 0x0112


def noise(width: int, height: int, mode: str = "RGB", seed: int = 0) -> Image.Image:
    """A picture of random pixels, every channel included, alpha too."""
    channels = len(Image.new(mode, (1, 1)).getbands())
    shape = (height, width, channels) if channels > 1 else (height, width)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return Image.frombytes(mode, (width, height), pixels.tobytes())


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    """The picture as a file of this format."""
    file = BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def with_orientation(image: Image.Image, orientation: int) -> bytes:
    """A JPEG whose EXIF says that its pixels must be turned to be upright."""
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    return encoded(image, "JPEG", quality=95, exif=exif.tobytes())


def drawn_text(
    *texts_at: tuple[str, tuple[int, int]], size: tuple[int, int] = (800, 600)
) -> Image.Image:
    """Black letters of 48 pixels on a light picture; each text at its top left corner (x, y)."""
    image = Image.new("RGB", size, (225, 235, 245))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=48)
    for text, corner in texts_at:
        pen.text(corner, text, fill="black", font=font)
    return image


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A valid black-and-white PNG of very many pixels in a file of about 100 kB."""
    compressor = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    rows = b"".join(compressor.compress(row) for _ in range(height)) + compressor.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def hollow_bomb(width: int, height: int) -> bytes:
    """A PNG in colour of 10 kB, which says that it has this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(10_000_000), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def exif_last(png: bytes) -> bytes:
    """The PNG with its eXIf chunk moved behind its pixels, where ImageMagick writes it."""
    at = png.index(b"eXIf") - 4
    end = at + 12 + struct.unpack_from(">I", png, at)[0]
    close = len(png) - 12
    return png[:at] + png[end:close] + png[at:end] + png[close:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
