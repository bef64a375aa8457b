"""Copies of one picture, through the real models: what tells them, and what tells them apart."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ranking.duplicates import DuplicateParameters, Print, groups
from tests.support.orchestrator import ServedOrchestrator
from tests.support.pictures import encoded
from tests.support.uploads import plain

PHOTOGRAPH = Path(__file__).parents[2] / "quickstart" / "samples" / "espresso-cup.jpg"


def meme(text: str) -> Image.Image:
    """A photograph of 800 × 600 with a line of text at its foot."""
    image = Image.open(PHOTOGRAPH).convert("RGB").resize((800, 600))
    font = ImageFont.load_default(size=44)
    ImageDraw.Draw(image).text(
        (400, 530), text, "white", font, anchor="ma", stroke_width=4, stroke_fill="black"
    )
    return image


ORIGINAL = meme("BEFORE THE FIRST COFFEE")
FILE = encoded(ORIGINAL, "JPEG", quality=92)
UPLOADS = {
    "original": FILE,
    "same-file": FILE,
    "copy": encoded(ORIGINAL.resize((720, 540), Image.Resampling.LANCZOS), "JPEG", quality=60),
    "other-text": encoded(meme("THE BUILD IS RED AGAIN"), "JPEG", quality=92),
}


@pytest.fixture(scope="module")
def stored(stack: ServedOrchestrator) -> dict[str, dict[str, Any]]:
    """What GET /v1/media/{id} says of each upload."""
    for media_id, file in UPLOADS.items():
        assert stack.publish(media_id, file=file).status_code == 201
    return {
        media_id: stack.http.get(f"/v1/media/{media_id}?vectors=true").raise_for_status().json()
        for media_id in UPLOADS
    }


def hamming(one: dict[str, Any], other: dict[str, Any]) -> int:
    return (int(one["perceptual_hash"], 16) ^ int(other["perceptual_hash"], 16)).bit_count()


def test_copies_have_near_hashes(stored: dict[str, dict[str, Any]]) -> None:
    original = stored["original"]
    assert len(original["perceptual_hash"]) == 16
    assert stored["same-file"]["perceptual_hash"] == original["perceptual_hash"]
    assert stored["same-file"]["content_hash"] == original["content_hash"]
    assert stored["copy"]["content_hash"] != original["content_hash"]
    assert hamming(stored["copy"], original) <= 6


def test_only_the_text_tells_a_template_apart(stored: dict[str, dict[str, Any]]) -> None:
    assert hamming(stored["other-text"], stored["original"]) <= 6
    prints = [
        Print(
            media_id,
            post["content_hash"],
            int(post["perceptual_hash"], 16),
            post["ocr_text"],
            np.array(post["visual_embedding"], dtype=np.float32),
        )
        for media_id, post in stored.items()
    ]
    found = [[prints[i].media_id for i in group] for group in groups(prints, DuplicateParameters())]
    assert found == [["copy", "original", "same-file"]]


def test_one_colour_has_no_hash(stack: ServedOrchestrator) -> None:
    body = stack.publish("colour", file=plain()).raise_for_status().json()
    assert (body["perceptual_hash"], body["degraded"]) == (None, [])


def test_a_caption_has_no_hash(stack: ServedOrchestrator) -> None:
    body = stack.publish("words", caption="No picture").raise_for_status().json()
    assert (body["perceptual_hash"], body["degraded"]) == (None, [])
