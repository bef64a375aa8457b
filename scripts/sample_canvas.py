"""What the drawn sample pictures share: lettering, gradients, stars, meme captions.

Pictures are drawn at twice their size and shrunk by `finish`, because Pillow's shapes have hard
edges. Sizes and positions here are therefore in pixels of the double-sized picture.
"""

from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Anchor = Literal["la", "ma", "ra", "mm"]

OVERSAMPLING = 2
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)


def finish(picture: Image.Image) -> Image.Image:
    """Shrink a double-sized picture to the size it is stored at."""
    width, height = picture.size
    return picture.resize((width // OVERSAMPLING, height // OVERSAMPLING), Image.Resampling.LANCZOS)


def lettering(size: int) -> ImageFont.FreeTypeFont:
    """Aileron, the CC0 font that Pillow carries; needs Pillow's FreeType support."""
    font = ImageFont.load_default(size=size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow has no FreeType support; its font can't be scaled")
    return font


def write(
    draw: ImageDraw.ImageDraw,
    position: tuple[int, int],
    text: str,
    size: int,
    fill: Colour,
    *,
    bold: int = 0,
    anchor: Anchor = "la",
) -> None:
    """Write one line; `bold` is the width of a stroke in the same colour."""
    draw.text(
        position,
        text,
        font=lettering(size),
        fill=fill,
        anchor=anchor,
        stroke_width=bold,
        stroke_fill=fill,
    )


def shout(picture: Image.Image, text: str, *, top: int, size: int = 130) -> None:
    """Write a meme's caption: centred, white with a black outline, shrunk to the width."""
    draw = ImageDraw.Draw(picture)
    # The outline eats into the gaps between words, until text recognition joins them.
    text = text.replace(" ", "  ")
    room = picture.width * 0.92
    size = min(size, int(size * room / lettering(size).getlength(text)))
    draw.text(
        (picture.width // 2, top),
        text,
        font=lettering(size),
        fill=WHITE,
        anchor="ma",
        stroke_width=max(6, size // 13),
        stroke_fill=BLACK,
    )
    # A second pass thickens the letters inside their outline: the font has one weight only.
    write(draw, (picture.width // 2, top), text, size, WHITE, bold=size // 40, anchor="ma")


def gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    """RGB picture of `size` (width, height) that blends from `top` down to `bottom`."""
    width, height = size
    blend = np.linspace(0.0, 1.0, height)[:, None]
    column = np.asarray(top) * (1.0 - blend) + np.asarray(bottom) * blend
    pixels = np.repeat(column[:, None, :], width, axis=1)
    return Image.fromarray(pixels.round().astype(np.uint8))


def scatter_stars(picture: Image.Image, *, count: int, rows: tuple[int, int], seed: int) -> None:
    """Draw `count` stars of several sizes between the two rows."""
    draw = ImageDraw.Draw(picture)
    generator = np.random.default_rng(seed)
    for _ in range(count):
        x = int(generator.integers(0, picture.width))
        y = int(generator.integers(*rows))
        radius = int(generator.choice([2, 2, 2, 3, 3, 5]))
        glow = int(generator.integers(170, 256))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(glow, glow, 255))


def disc(draw: ImageDraw.ImageDraw, centre: tuple[int, int], radius: int, fill: Colour) -> None:
    """Draw a filled circle."""
    x, y = centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)
