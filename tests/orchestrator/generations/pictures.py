"""Small real pictures."""

import io

from PIL import Image

from orchestrator.content.picture import Picture, inspect


def picture(colour: str = "white") -> Picture:
    """A PNG of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (32, 32), colour).save(file, "PNG")
    return inspect(file.getvalue(), max_pixels=10_000)
