"""Pictures made small enough to be read in bounded time and memory."""

from PIL import Image


def bounded(image: Image.Image, max_side_px: int) -> Image.Image:
    """The picture itself, or a copy whose longer side is `max_side_px`."""
    longest = max(image.size)
    if longest <= max_side_px:
        return image
    width, height = (max(1, round(side * max_side_px / longest)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
