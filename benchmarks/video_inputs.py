"""Made videos: cuts with cards of words, words alone, and the largest files that are accepted."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tests.support.videos import Pixels, Scene, animation, landscape, text_card, video

_HD = (1280, 720)
_LARGEST = (4096, 2304)
_FPS = 30
_FAST = {"preset": "ultrafast", "threads": "2"}
_GROUNDS = ("navy", "darkgreen", "maroon", "purple", "black", "teal", "olive", "sienna")
_WORDS = (
    "EVERYTHING MUST GO", "DOORS OPEN AT NINE", "BRING A FRIEND", "NO TICKET NEEDED",
    "FREE PARKING BEHIND", "LAST TRAIN AT ONE", "FOOD FROM LOCAL FARMS", "SEE YOU NEXT YEAR",
)  # fmt: skip


def cuts(seed: int, seconds: float = 10.0) -> bytes:
    """720p of five scenes: three that move, and two cards of two lines between them."""
    scenes = [
        Scene(_card(seed, number), seconds / 5)
        if number % 2
        else Scene(landscape(seed * 10 + number, _HD), seconds / 5, step_px=4)
        for number in range(5)
    ]
    return video(*scenes, fps=_FPS, options=_FAST)


def cards(seed: int, seconds: float = 10.0) -> bytes:
    """720p of eight cards, each with other words."""
    scenes = [Scene(_card(seed, number), seconds / 8) for number in range(8)]
    return video(*scenes, fps=_FPS, options=_FAST)


def ten_minutes(seed: int) -> bytes:
    """720p, 600 s: twelve scenes of 2.5 s, twenty times over."""
    scenes = [
        Scene(_card(seed, number), 2.5)
        if number % 4 == 3
        else Scene(landscape(seed * 20 + number, _HD), 2.5, step_px=4)
        for number in range(12)
    ]
    return video(*scenes, fps=_FPS, options=_FAST, looped=20)


def _largest(codec: str, options: Mapping[str, str], pix_fmt: str = "yuv420p") -> bytes:
    """4096 × 2304, 60 s: five scenes, looped, so that making it takes seconds."""
    scenes = [Scene(landscape(number, _LARGEST), 0.4) for number in range(5)]
    return video(
        *scenes, fps=10, codec=codec, options=options, pix_fmt=pix_fmt, looped=30,
        container="webm" if codec.startswith("libvpx") else "mp4",
    )  # fmt: skip


def _padded(megabytes: int) -> bytes:
    """A video with so much behind it that players pass over."""
    size = megabytes * 1_000_000
    return cuts(9_000) + size.to_bytes(4, "big") + b"free" + bytes(size - 8)


def _long_gif() -> bytes:
    frames = [text_card(f"FRAME {number}", (480, 270)) for number in range(40)]
    return animation([(frames[number % 40], 0.1) for number in range(2_000)], "GIF")


def _large(file_format: str) -> bytes:
    frames = [(landscape(number, _LARGEST, grain=0), 0.5) for number in range(6)]
    return animation(frames, "GIF" if file_format == "GIF" else "WEBP")


LARGEST: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        "H.264, 4096 × 2304, 60 s": lambda: _largest("libx264", _FAST),
        "H.264, the same with 16 reference frames": lambda: _largest(
            "libx264", {"preset": "superfast", "threads": "2", "refs": "16", "bf": "3"}
        ),
        "HEVC, 4096 × 2304, 10 bits, 60 s": lambda: _largest(
            "libx265",
            {"preset": "ultrafast", "x265-params": "log-level=none"},
            "yuv420p10le",
        ),
        "VP9, 4096 × 2304, 60 s": lambda: _largest(
            "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "b": "4M"}
        ),
        "AV1, 4096 × 2304, 60 s": lambda: _largest("libsvtav1", {"preset": "12"}),
        "H.264, 720p, 10 min": lambda: ten_minutes(900),
        "H.264, 720p, a file of 450 MB": lambda: _padded(450),
        "GIF, 480 × 270, 2,000 frames": _long_gif,
        "GIF, 4096 × 2304, 6 frames": lambda: _large("GIF"),
        "WebP, 4096 × 2304, 6 frames": lambda: _large("WEBP"),
    }
)
"""By what it is."""


def _card(seed: int, number: int) -> Pixels:
    words = f"{_WORDS[number % len(_WORDS)]}\nSCENE {number} OF FILM {seed}"
    return text_card(words, _HD, ground=_GROUNDS[(seed + number) % len(_GROUNDS)], height_px=80)
