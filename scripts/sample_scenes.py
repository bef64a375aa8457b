"""The sample videos as scenes: sample pictures that a camera moves over, and cards with words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from PIL import Image, ImageDraw

from scripts.sample_canvas import WHITE, Colour, finish, gradient, write

SIZE = (640, 360)


@dataclass(frozen=True, slots=True)
class Shot:
    """A sample picture, towards which the camera moves for `length_s`.

    By `zoom` of what is seen first, 0 for not at all. Of a picture that is too high, `focus` is
    seen: 0 is its top, 1 its bottom.
    """

    picture: str
    length_s: float
    focus: float = 0.5
    zoom: float = 0.12

    def frames(self, samples: Path, rate: int) -> Iterator[Image.Image]:
        """RGB pictures of SIZE, `rate` a second."""
        with Image.open(samples / self.picture) as opened:
            picture = opened.convert("RGB")
        count = round(self.length_s * rate)
        for number in range(count):
            share = 1.0 - self.zoom * number / count
            yield picture.resize(
                SIZE, Image.Resampling.LANCZOS, box=_seen(picture, share, self.focus)
            )


@dataclass(frozen=True, slots=True)
class Card:
    """Lines of words that stand still for `length_s`."""

    lines: tuple[str, ...]
    colours: tuple[Colour, Colour]
    length_s: float

    def frames(self, _samples: Path, rate: int) -> Iterator[Image.Image]:
        """The same RGB picture of SIZE over and over, `rate` a second."""
        card = gradient((SIZE[0] * 2, SIZE[1] * 2), *self.colours)
        draw = ImageDraw.Draw(card)
        top = SIZE[1] - 75 * len(self.lines)
        for row, line in enumerate(self.lines):
            write(draw, (SIZE[0], top + 150 * row), line, 96, WHITE, bold=2, anchor="ma")
        picture = finish(card)
        for _ in range(round(self.length_s * rate)):
            yield picture


@dataclass(frozen=True, slots=True)
class SampleVideo:
    """Scenes one after the other, cut hard; `has_silence` adds a track of sound without any."""

    scenes: tuple[Shot | Card, ...]
    rate: int
    has_silence: bool = False

    @property
    def length_s(self) -> float:
        """Of all scenes together."""
        return sum(scene.length_s for scene in self.scenes)

    def frames(self, samples: Path) -> Iterator[Image.Image]:
        """RGB pictures of SIZE, `rate` a second."""
        for scene in self.scenes:
            yield from scene.frames(samples, self.rate)


_DUSK: tuple[Colour, Colour] = ((16, 20, 58), (104, 56, 120))
_WOOD: tuple[Colour, Colour] = ((70, 42, 22), (34, 22, 14))
_GRASS: tuple[Colour, Colour] = ((28, 88, 62), (14, 46, 40))
_SLATE: tuple[Colour, Colour] = ((40, 52, 72), (20, 24, 38))

VIDEOS: Mapping[str, SampleVideo] = MappingProxyType(
    {
        "road-to-orbit.mp4": SampleVideo(
            scenes=(
                Shot("rocket-on-the-pad.jpg", 3.0),
                Card(("COUNTDOWN STARTS", "SUNDAY AT NOON"), _DUSK, 2.0),
                Shot("eileen-collins.jpg", 2.5, focus=0.1),
                Shot("hubble-deep-field.jpg", 2.5),
            ),
            rate=24,
            has_silence=True,
        ),
        "espresso-steps.webm": SampleVideo(
            scenes=(
                Shot("espresso-cup.jpg", 3.0),
                Card(("GRIND IT FINER", "POUR FOR 28 SECONDS"), _WOOD, 2.0),
                Shot("coffee-shop-sign.png", 2.5, focus=0.12, zoom=0.0),
            ),
            rate=24,
        ),
        "window-visitors.webp": SampleVideo(
            scenes=(
                Shot("chelsea-the-cat.jpg", 2.0),
                Card(("WHO KNOCKED", "ON MY WINDOW?"), _GRASS, 2.0),
                Shot("raccoon.jpg", 2.0),
            ),
            rate=3,
        ),
        "two-gardens.mp4": SampleVideo(
            scenes=(
                Shot("summer-palace.jpg", 2.5),
                Card(("BOAT TOURS DAILY", "BOOK AT THE GATE"), _SLATE, 2.0),
                Shot("garden-dahlia.jpg", 2.5),
            ),
            rate=24,
        ),
    }
)
"""What quickstart/samples holds, by the name of the file; the name says in which format."""


def _seen(picture: Image.Image, share: float, focus: float) -> tuple[float, float, float, float]:
    """A box of SIZE's shape that has this share of the width that the picture has for it."""
    width = share * min(picture.width, picture.height * SIZE[0] / SIZE[1])
    height = width * SIZE[1] / SIZE[0]
    left, top = (picture.width - width) / 2, (picture.height - height) * focus
    return left, top, left + width, top + height
