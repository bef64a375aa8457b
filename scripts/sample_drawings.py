"""The sample pictures that Feedlens draws itself: every one carries text in its pixels."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from PIL import Image, ImageDraw

from scripts.sample_canvas import (
    BLACK,
    WHITE,
    Colour,
    disc,
    finish,
    gradient,
    scatter_stars,
    shout,
    write,
)
from scripts.sample_motifs import cloud, crescent, cup, dog, list_entry, ridge, signboard, telescope

LANDSCAPE = (1600, 1200)
PORTRAIT = (1200, 1600)


def star_party_poster(_samples: Path) -> Image.Image:
    """An event poster for a night of public stargazing."""
    poster = gradient(PORTRAIT, (13, 16, 52), (112, 62, 128))
    scatter_stars(poster, count=60, rows=(0, 120), seed=3)
    scatter_stars(poster, count=230, rows=(450, 1250), seed=4)
    crescent(poster, (905, 660), 150)
    draw = ImageDraw.Draw(poster)
    draw.ellipse((-500, 1130, 900, 2300), fill=(20, 20, 44))
    draw.ellipse((300, 1230, 1800, 2400), fill=(12, 12, 30))
    telescope(draw, (300, 1150), (12, 12, 30))
    write(draw, (600, 110), "STAR PARTY", 178, (255, 226, 150), bold=5, anchor="ma")
    write(draw, (600, 330), "Free public stargazing", 84, WHITE, bold=1, anchor="ma")
    write(draw, (600, 1290), "Saturday 14 November, 8 pm", 74, WHITE, bold=1, anchor="ma")
    write(draw, (600, 1395), "Hilltop Observatory", 74, (255, 226, 150), bold=1, anchor="ma")
    write(draw, (600, 1500), "See Saturn and the Moon", 56, WHITE, anchor="ma")
    return finish(poster)


def telescope_meme(_samples: Path) -> Image.Image:
    """A meme: the sky has been cloudy since the telescope arrived."""
    meme = gradient(LANDSCAPE, (92, 108, 132), (170, 180, 192))
    draw = ImageDraw.Draw(meme)
    for x, y, shade in ((250, 390, 206), (1330, 420, 198), (760, 330, 222), (1020, 520, 232)):
        cloud(draw, (x, y), (shade, shade, shade + 8))
    draw.rectangle((0, 1000, 1600, 1200), fill=(62, 84, 66))
    telescope(draw, (760, 980), (38, 42, 56))
    shout(meme, "I BOUGHT A TELESCOPE", top=40)
    shout(meme, "CLOUDY SKY EVER SINCE", top=1020)
    return finish(meme)


def coffee_shop_sign(_samples: Path) -> Image.Image:
    """A chalkboard outside a coffee shop."""
    sign = Image.new("RGB", PORTRAIT, (122, 82, 48))
    draw = ImageDraw.Draw(sign)
    draw.rectangle((24, 24, 1176, 1576), outline=(92, 58, 30), width=10)
    draw.rectangle((70, 70, 1130, 1530), fill=(38, 44, 42), outline=(70, 42, 20), width=8)
    chalk: Colour = (240, 238, 228)
    write(draw, (600, 150), "FRESH COFFEE", 138, chalk, bold=3, anchor="ma")
    write(draw, (600, 320), "roasted this morning", 72, (250, 206, 130), bold=1, anchor="ma")
    cup(draw, (600, 590), chalk)
    prices = (("Espresso", "2.20"), ("Flat white", "3.40"), ("Cappuccino", "3.60"))
    for row, (drink, price) in enumerate(prices):
        y = 960 + row * 125
        write(draw, (190, y), drink, 84, chalk, bold=1)
        write(draw, (1010, y), price, 84, chalk, bold=1, anchor="ra")
    write(draw, (600, 1395), "Oat milk? Of course!", 72, (250, 206, 130), bold=1, anchor="ma")
    return finish(sign)


def pancake_recipe(_samples: Path) -> Image.Image:
    """A recipe card, written on ruled paper."""
    card = Image.new("RGB", LANDSCAPE, (253, 248, 232))
    draw = ImageDraw.Draw(card)
    for y in range(336, 1190, 142):
        draw.line((60, y, 1540, y), fill=(206, 220, 230), width=3)
    draw.line((60, 225, 1540, 225), fill=(206, 74, 66), width=8)
    ink: Colour = (44, 52, 84)
    write(draw, (800, 70), "Buttermilk Pancakes", 122, (176, 52, 44), bold=3, anchor="ma")
    ingredients = (
        "200 g flour",
        "2 eggs",
        "300 ml buttermilk",
        "40 g melted butter",
        "1 tbsp sugar",
        "pinch of salt",
    )
    steps = (
        "1. Whisk eggs and buttermilk.",
        "2. Fold in flour and sugar.",
        "3. Rest the batter 15 min.",
        "4. Fry until bubbles appear,",
        "    then flip once.",
        "Serve with maple syrup!",
    )
    draw.line((660, 260, 660, 1140), fill=(206, 74, 66), width=3)
    for row, (ingredient, step) in enumerate(zip(ingredients, steps, strict=True)):
        y = 255 + row * 142
        write(draw, (90, y), ingredient, 62, ink, bold=1)
        write(draw, (700, y), step, 62, ink, bold=1)
    return finish(card)


def espresso_meme(samples: Path) -> Image.Image:
    """A meme over the photograph of an espresso."""
    meme = _backdrop(samples / "espresso-cup.jpg", (1600, 1066))
    shout(meme, "DO NOT TALK TO ME", top=30)
    shout(meme, "BEFORE MY ESPRESSO", top=890)
    return finish(meme)


def cat_meme(samples: Path) -> Image.Image:
    """A meme over the photograph of a cat."""
    meme = _backdrop(samples / "chelsea-the-cat.jpg", (1280, 852))
    shout(meme, "YOU WERE GONE FOUR MINUTES", top=24)
    shout(meme, "SO I ATE THE PLANT", top=704)
    return finish(meme)


def lost_dog_poster(_samples: Path) -> Image.Image:
    """A poster on a lamp post: a dog is missing."""
    poster = Image.new("RGB", PORTRAIT, (252, 252, 248))
    draw = ImageDraw.Draw(poster)
    draw.rectangle((0, 0, 1200, 330), fill=(200, 36, 36))
    write(draw, (600, 55), "LOST DOG", 200, WHITE, bold=6, anchor="ma")
    dog(draw, (600, 680))
    write(draw, (600, 1040), "Answers to Biscuit", 100, BLACK, bold=2, anchor="ma")
    write(draw, (600, 1180), "Small brown puppy, red collar", 70, BLACK, bold=1, anchor="ma")
    write(draw, (600, 1280), "Very friendly, loves cheese", 70, BLACK, bold=1, anchor="ma")
    write(draw, (600, 1400), "REWARD: 1 large cake", 90, (200, 36, 36), bold=2, anchor="ma")
    return finish(poster)


def trail_sign(_samples: Path) -> Image.Image:
    """A signpost in the mountains, before sunrise."""
    view = gradient(LANDSCAPE, (58, 84, 150), (255, 190, 140))
    draw = ImageDraw.Draw(view)
    disc(draw, (1440, 470), 120, (255, 236, 190))
    ridge(view, (720, 470, 690, 380, 640, 500, 760), (112, 112, 160))
    ridge(view, (900, 700, 820, 640, 860, 720, 900), (74, 82, 124))
    ridge(view, (1010, 960, 1040, 940, 1030, 960, 1020), (40, 56, 70))
    draw.rectangle((560, 230, 620, 1200), fill=(84, 54, 30))
    boards = (("SUMMIT 3.2 km", 270), ("MOUNTAIN HUT 1.1 km", 480), ("LAKE TRAIL 5 km", 690))
    for text, y in boards:
        signboard(draw, text, (300, y))
    return finish(view)


def departures_board(_samples: Path) -> Image.Image:
    """The departures board of a railway station at night."""
    board = Image.new("RGB", LANDSCAPE, (16, 20, 28))
    draw = ImageDraw.Draw(board)
    draw.rectangle((0, 0, 1600, 190), fill=(24, 62, 120))
    write(draw, (70, 42), "DEPARTURES", 108, WHITE, bold=2)
    write(draw, (1530, 42), "21:04", 108, WHITE, bold=2, anchor="ra")
    amber: Colour = (255, 192, 64)
    trains = (
        ("21:15", "Lisbon night train", "4"),
        ("21:32", "Vienna", "2"),
        ("21:47", "Venice sleeper", "7"),
        ("22:05", "Zermatt Alps", "1"),
        ("22:30", "Copenhagen ferry", "9"),
    )
    for row, (time, destination, platform) in enumerate(trains):
        y = 240 + row * 190
        if row % 2 == 0:
            draw.rectangle((0, y - 20, 1600, y + 170), fill=(26, 32, 44))
        write(draw, (70, y + 20), time, 90, amber, bold=1)
        write(draw, (400, y + 20), destination, 90, amber, bold=1)
        write(draw, (1530, y + 20), platform, 90, amber, bold=1, anchor="ra")
    return finish(board)


def build_failed_meme(_samples: Path) -> Image.Image:
    """A meme over a terminal in which a build has failed."""
    meme = gradient(LANDSCAPE, (72, 50, 118), (28, 96, 128))
    draw = ImageDraw.Draw(meme)
    draw.rounded_rectangle((150, 250, 1450, 940), 30, fill=(24, 26, 34))
    draw.rounded_rectangle((150, 250, 1450, 330), 30, fill=(60, 64, 76))
    for x, colour in ((200, (255, 95, 86)), (260, (255, 189, 46)), (320, (39, 201, 63))):
        disc(draw, (x, 290), 18, colour)
    green: Colour = (120, 220, 130)
    write(draw, (210, 380), "$ git push origin main", 72, green)
    write(draw, (210, 500), "running 214 tests", 72, (214, 218, 226))
    write(draw, (210, 620), "213 passed, 1 failed", 72, (214, 218, 226))
    write(draw, (210, 740), "BUILD FAILED", 96, (255, 96, 90), bold=2)
    shout(meme, "BUT IT WORKS", top=50)
    shout(meme, "ON MY MACHINE", top=1000)
    return finish(meme)


def bug_list_note(_samples: Path) -> Image.Image:
    """A screenshot-like note with a programmer's list."""
    note = Image.new("RGB", (1200, 1500), (246, 246, 248))
    draw = ImageDraw.Draw(note)
    write(draw, (70, 44), "Notes", 60, (222, 158, 30), bold=1)
    write(draw, (1130, 44), "Done", 60, (222, 158, 30), bold=1, anchor="ra")
    draw.rounded_rectangle((40, 150, 1160, 1450), 40, fill=WHITE, outline=(222, 222, 226), width=3)
    write(draw, (100, 205), "Code review list", 100, (28, 28, 32), bold=2)
    write(draw, (100, 340), "Sunday 23:58", 50, (140, 140, 148))
    tasks = (
        ("Fix the null pointer bug", True),
        ("Write unit tests", False),
        ("Delete unused Python code", True),
        ("Rename variable data2", False),
        ("Understand the regex", False),
        ("Blame the compiler", True),
    )
    for row, (task, done) in enumerate(tasks):
        list_entry(draw, (130, 500 + row * 155), task, done=done)
    return finish(note)


def _backdrop(photograph: Path, size: tuple[int, int]) -> Image.Image:
    with Image.open(photograph) as opened:
        return opened.convert("RGB").resize(size, Image.Resampling.LANCZOS)


Drawing = Callable[[Path], Image.Image]

DRAWINGS: Mapping[str, Drawing] = MappingProxyType(
    {
        "star-party-poster.jpg": star_party_poster,
        "telescope-meme.jpg": telescope_meme,
        "coffee-shop-sign.png": coffee_shop_sign,
        "pancake-recipe.png": pancake_recipe,
        "espresso-meme.jpg": espresso_meme,
        "cat-meme.jpg": cat_meme,
        "lost-dog-poster.png": lost_dog_poster,
        "trail-sign.jpg": trail_sign,
        "departures-board.png": departures_board,
        "build-failed-meme.jpg": build_failed_meme,
        "bug-list-note.png": bug_list_note,
    }
)
