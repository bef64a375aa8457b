"""Pictures made from a seed: what agreement is measured on where no real ones are given."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

_SIDE_PX = 256

Color = tuple[int, int, int]


def picture(index: int, seed: int = 0) -> Image.Image:
    """The RGB picture number `index`, 256 x 256 pixels: one of ten kinds in turn, in colours,
    scale and layout of its own, so that it has nearer and farther neighbours."""
    return _KINDS[index % len(_KINDS)](np.random.default_rng((seed, index)))


def _color(rng: np.random.Generator) -> Color:
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.1, 1), rng.uniform(0.2, 1))
    return int(red * 255), int(green * 255), int(blue * 255)


def _canvas(rng: np.random.Generator) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (_SIDE_PX, _SIDE_PX), _color(rng))
    return image, ImageDraw.Draw(image)


def _box(rng: np.random.Generator, largest: int) -> tuple[int, int, int, int]:
    left, top = (int(edge) for edge in rng.integers(-20, _SIDE_PX - 20, 2))
    width, height = (int(side) for side in rng.integers(8, largest, 2))
    return left, top, left + width, top + height


def _discs(rng: np.random.Generator) -> Image.Image:
    image, draw = _canvas(rng)
    largest = int(rng.integers(20, 180))
    for _ in range(int(rng.integers(1, 30))):
        draw.ellipse(_box(rng, largest), fill=_color(rng), outline=_color(rng), width=3)
    return image


def _blocks(rng: np.random.Generator) -> Image.Image:
    image, draw = _canvas(rng)
    largest = int(rng.integers(20, 180))
    for _ in range(int(rng.integers(1, 30))):
        draw.rectangle(_box(rng, largest), fill=_color(rng))
    return image


def _polygon(rng: np.random.Generator) -> Image.Image:
    image, draw = _canvas(rng)
    for _ in range(int(rng.integers(1, 6))):
        corners = rng.integers(0, _SIDE_PX, (int(rng.integers(3, 8)), 2))
        draw.polygon([(int(x), int(y)) for x, y in corners], fill=_color(rng))
    return image


def _gradient(rng: np.random.Generator) -> Image.Image:
    angle, power = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 3)
    down, across = np.mgrid[-1 : 1 : _SIDE_PX * 1j, -1 : 1 : _SIDE_PX * 1j]
    way = across * np.cos(angle) + down * np.sin(angle)
    if rng.integers(2):
        way = np.hypot(across - rng.uniform(-1, 1), down - rng.uniform(-1, 1))
    share = ((way - way.min()) / np.ptp(way)) ** power
    return _mixed(share, _color(rng), _color(rng))


def _stripes(rng: np.random.Generator) -> Image.Image:
    angle, cycles = rng.uniform(0, np.pi), rng.uniform(2, 40)
    down, across = np.mgrid[0 : 1 : _SIDE_PX * 1j, 0 : 1 : _SIDE_PX * 1j]
    wave = np.sin(2 * np.pi * cycles * (across * np.cos(angle) + down * np.sin(angle)))
    if rng.integers(2):
        wave = wave * np.sin(2 * np.pi * cycles * (across - down))
    return _mixed((wave + 1) / 2, _color(rng), _color(rng))


def _cloud(rng: np.random.Generator) -> Image.Image:
    """Noise of several scales, as in skies, stone and cloth."""
    share = np.zeros((_SIDE_PX, _SIDE_PX))
    roughness = rng.uniform(0.3, 0.9)
    for octave in range(1, 8):
        noise = Image.fromarray(rng.random((2**octave, 2**octave)).astype(np.float32))
        smooth = noise.resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BICUBIC)
        share += np.asarray(smooth) * roughness**octave
    return _mixed((share - share.min()) / np.ptp(share), _color(rng), _color(rng))


def _grain(rng: np.random.Generator) -> Image.Image:
    pixels = rng.normal(_color(rng), rng.uniform(5, 90), (_SIDE_PX, _SIDE_PX, 3))
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 4)))


def _lines(rng: np.random.Generator) -> Image.Image:
    image, draw = _canvas(rng)
    width = int(rng.integers(1, 9))
    for _ in range(int(rng.integers(3, 80))):
        start, end = rng.integers(0, _SIDE_PX, (2, 2)).tolist()
        draw.line([tuple(start), tuple(end)], fill=_color(rng), width=width)
    return image


def _writing(rng: np.random.Generator) -> Image.Image:
    image, draw = _canvas(rng)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ     abcdefghijklmnopqrstuvwxyz0123456789!?"
    size = int(rng.integers(10, 60))
    for top in range(4, _SIDE_PX, size + 6):
        text = "".join(rng.choice(list(letters), 40))
        draw.text((4, top), text, fill=_color(rng), font_size=size)
    return image


def _landscape(rng: np.random.Generator) -> Image.Image:
    """A sky that fades, a sun, hills before hills."""
    down = np.linspace(0, 1, _SIDE_PX)[:, None].repeat(_SIDE_PX, 1)
    image = _mixed(down, _color(rng), _color(rng))
    draw = ImageDraw.Draw(image)
    draw.ellipse(_box(rng, 70), fill=_color(rng))
    across = np.arange(_SIDE_PX)
    for base in sorted(rng.uniform(90, 240, int(rng.integers(1, 5)))):
        heights = base + 25 * np.sin(across / rng.uniform(10, 60) + rng.uniform(0, 6))
        edge = [(int(x), int(y)) for x, y in zip(across, heights, strict=True)]
        draw.polygon([(0, _SIDE_PX), *edge, (_SIDE_PX, _SIDE_PX)], fill=_color(rng))
    return image


def _mixed(share: NDArray[np.float64], first: Color, second: Color) -> Image.Image:
    """`first` where `share` [height, width] is 0, `second` where it is 1."""
    weight = share[..., None]
    pixels = (1 - weight) * np.array(first) + weight * np.array(second)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


_KINDS: tuple[Callable[[np.random.Generator], Image.Image], ...] = (
    _discs,
    _blocks,
    _polygon,
    _gradient,
    _stripes,
    _cloud,
    _grain,
    _lines,
    _writing,
    _landscape,
)
