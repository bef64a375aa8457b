"""Things that the drawn sample pictures show; positions are those of a double-sized picture."""

from PIL import Image, ImageDraw

from scripts.sample_canvas import BLACK, WHITE, Colour, disc, lettering, write


def crescent(picture: Image.Image, centre: tuple[int, int], radius: int) -> None:
    """A waxing moon, cut out of a disc by a second one."""
    mask = Image.new("L", picture.size, 0)
    cut = ImageDraw.Draw(mask)
    x, y = centre
    cut.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    shift = radius // 2
    cut.ellipse(
        (x - radius - shift, y - radius - shift // 3, x + radius - shift, y + radius - shift // 3),
        fill=0,
    )
    picture.paste((255, 244, 206), (0, 0), mask)


def telescope(draw: ImageDraw.ImageDraw, foot: tuple[int, int], fill: Colour) -> None:
    """A telescope on its tripod; `foot` is the middle of the tripod on the ground."""
    x, y = foot
    for reach in (-110, 0, 110):
        draw.line((x, y - 210, x + reach, y + 30), fill=fill, width=20)
    draw.line((x - 130, y - 150, x + 150, y - 350), fill=fill, width=64)
    draw.line((x + 110, y - 322, x + 220, y - 400), fill=fill, width=88)
    draw.line((x - 180, y - 114, x - 120, y - 158), fill=fill, width=36)


def cloud(draw: ImageDraw.ImageDraw, centre: tuple[int, int], fill: Colour) -> None:
    """Four discs on a flat base."""
    x, y = centre
    for offset, rise, radius in ((-170, 30, 90), (-70, -20, 130), (70, -10, 120), (180, 40, 85)):
        disc(draw, (x + offset, y + rise), radius, fill)
    draw.rounded_rectangle((x - 240, y + 30, x + 250, y + 125), 48, fill=fill)


def cup(draw: ImageDraw.ImageDraw, centre: tuple[int, int], chalk: Colour) -> None:
    """A cup and saucer in chalk."""
    x, y = centre
    draw.arc((x + 110, y - 50, x + 250, y + 100), 250, 110, fill=chalk, width=12)
    draw.chord((x - 170, y - 250, x + 170, y + 170), 5, 175, fill=(38, 44, 42))
    draw.arc((x - 170, y - 250, x + 170, y + 170), 5, 175, fill=chalk, width=12)
    draw.line((x - 172, y - 26, x + 172, y - 26), fill=chalk, width=12)
    draw.line((x - 240, y + 195, x + 240, y + 195), fill=chalk, width=12)


def dog(draw: ImageDraw.ImageDraw, centre: tuple[int, int]) -> None:
    """The head of a dog with hanging ears and a collar."""
    x, y = centre
    fur, ear, muzzle = (190, 134, 82), (120, 76, 42), (238, 214, 180)
    draw.rounded_rectangle((x - 130, y + 150, x + 130, y + 300), 60, fill=fur)
    draw.rounded_rectangle((x - 150, y + 190, x + 150, y + 240), 24, fill=(200, 36, 36))
    disc(draw, (x, y + 262), 34, (244, 196, 60))
    draw.ellipse((x - 230, y - 270, x + 230, y + 220), fill=fur)
    draw.ellipse((x - 310, y - 240, x - 150, y + 120), fill=ear)
    draw.ellipse((x + 150, y - 240, x + 310, y + 120), fill=ear)
    draw.ellipse((x - 130, y - 20, x + 130, y + 200), fill=muzzle)
    draw.ellipse((x - 56, y - 20, x + 56, y + 60), fill=BLACK)
    draw.arc((x - 80, y + 40, x, y + 130), 20, 150, fill=BLACK, width=9)
    draw.arc((x, y + 40, x + 80, y + 130), 30, 160, fill=BLACK, width=9)
    for side in (-100, 100):
        disc(draw, (x + side, y - 90), 38, BLACK)
        disc(draw, (x + side + 12, y - 104), 12, WHITE)


def ridge(picture: Image.Image, heights: tuple[int, ...], fill: Colour) -> None:
    """A mountain range across the picture; `heights` are rows of its crest, left to right."""
    width, height = picture.size
    step = width // (len(heights) - 1)
    crest = [(index * step, y) for index, y in enumerate(heights)]
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, height), *crest, (width, crest[-1][1]), (width, height)], fill=fill)


def signboard(draw: ImageDraw.ImageDraw, text: str, corner: tuple[int, int]) -> None:
    """A wooden arrow to the right, as long as its text; `corner` is the top left one."""
    x, y = corner
    length = int(lettering(88).getlength(text)) + 120
    tip = (x + length + 80, y + 75)
    outline = [(x, y), (x + length, y), tip, (x + length, y + 150), (x, y + 150)]
    draw.polygon(outline, fill=(226, 182, 96), outline=(84, 54, 30), width=8)
    write(draw, (x + 60, y + 24), text, 88, (52, 32, 16), bold=2)


def list_entry(
    draw: ImageDraw.ImageDraw, centre: tuple[int, int], task: str, *, done: bool
) -> None:
    """A line of a list with its mark; `centre` is that of the mark."""
    x, y = centre
    draw.ellipse((x - 32, y - 32, x + 32, y + 32), outline=(222, 158, 30), width=6)
    if done:
        disc(draw, centre, 20, (222, 158, 30))
    write(draw, (x + 70, y - 44), task, 70, (28, 28, 32), bold=1)
