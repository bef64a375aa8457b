"""docs/video.md names every setting of videos with its default, and what is really accepted."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from decoding.containers import _DECODERS
from orchestrator.content.kinds import VIDEO_FORMATS
from orchestrator.frames.parameters import VideoParameters
from orchestrator.frames.process import FRAME_SIDE_PX, THUMBNAIL_PX

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/video.md").read_text("utf-8")


def test_every_setting_stands_with_its_default() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([\d.]+) \|", PAGE, re.M)
    told = {name.lower(): float(default) for name, default in rows}
    assert told == {field.name: field.default for field in fields(VideoParameters)}


@pytest.mark.parametrize("name", VIDEO_FORMATS)
def test_every_format_is_named(name: str) -> None:
    assert name.removeprefix("animated ") in PAGE


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("h264", "H.264"), ("hevc", "HEVC"), ("vvc", "VVC"), ("vp8", "VP8"), ("vp9", "VP9"),
        ("av1", "AV1"), ("mpeg2video", "MPEG-1, -2 and -4"), ("prores", "ProRes"),
        ("theora", "Theora"), ("h263", "H.263"), ("mjpeg", "MJPEG"),
    ],
)  # fmt: skip
def test_the_codecs_that_are_named_are_decoded(codec: str, name: str) -> None:
    assert codec in _DECODERS
    assert name in PAGE


def test_sizes_are_those_of_the_code() -> None:
    assert f"at most {FRAME_SIDE_PX} pixels a side" in PAGE
    assert f"at most {THUMBNAIL_PX} pixels a side" in PAGE


@pytest.mark.parametrize("page", ["README.md", *sorted(map(str, Path("docs").glob("*.md")))])
def test_links_lead_to_files(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target
