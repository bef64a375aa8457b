"""Pictures as the bytes of an upload."""

from PIL import Image

from tests.support.pictures import drawn_text, encoded


def plain(color: str = "teal", size: tuple[int, int] = (320, 240), kind: str = "PNG") -> bytes:
    """A picture of one colour."""
    return encoded(Image.new("RGB", size, color), kind)


def with_text(*lines: str) -> bytes:
    """An 800 × 600 JPEG with large lines of text, at x = 40, the first at y = 60."""
    placed = ((line, (40, 60 + 90 * row)) for row, line in enumerate(lines))
    return encoded(drawn_text(*placed), "JPEG", quality=90)
