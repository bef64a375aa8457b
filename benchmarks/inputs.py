"""Made inputs: memes of 800 × 600 that all differ, and posts with random vectors."""

import io
from datetime import datetime, timedelta, timezone

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from orchestrator.store.records import Event, Schema, StoredPost, Vector

_CONTENT_TYPES = ("meme", "aesthetic", "mixed", "text_only")
_NOW = datetime.now(timezone.utc)


def meme(number: int) -> bytes:
    """A JPEG of a soft coloured background with two large lines of text."""
    rng = np.random.default_rng(number + 10_000)
    blocks = rng.integers(60, 200, (6, 8, 3), dtype=np.uint8)
    image = Image.fromarray(blocks).resize((800, 600), Image.Resampling.BICUBIC)
    font = ImageFont.load_default(size=56)
    for text, y in ((f"WHEN TEST NUMBER {number}", 30), ("FINALLY PASSES", 510)):
        ImageDraw.Draw(image).text(
            (400, y), text, "white", font, anchor="ma", stroke_width=4, stroke_fill="black"
        )
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()


def unit_vector(rng: np.random.Generator, dimension: int) -> Vector:
    """A random direction."""
    vector = rng.standard_normal(dimension).astype(np.float32)
    unit: Vector = vector / np.linalg.norm(vector)
    return unit


def posts(count: int, schema: Schema) -> list[StoredPost]:
    """Posts of a month by count / 20 authors; one in ten has no text, one in ten no picture."""
    rng = np.random.default_rng(7)
    return [_post(number, count, schema, rng) for number in range(count)]


def likes(user_id: str, liked: list[StoredPost]) -> list[Event]:
    """A viewer's likes, one an hour."""
    return [
        Event(
            f"{user_id}:{post.media_id}",
            user_id,
            post.media_id,
            "like",
            _NOW - timedelta(hours=hours),
        )
        for hours, post in enumerate(liked)
    ]


def _post(number: int, count: int, schema: Schema, rng: np.random.Generator) -> StoredPost:
    has_text, has_picture = number % 10 != 3, number % 10 != 7
    return StoredPost(
        media_id=f"post-{number}",
        author_id=f"author-{rng.integers(max(1, count // 20))}",
        caption="A caption of a usual length, with a few words in it",
        ocr_text="SOME TEXT",
        content_type=_CONTENT_TYPES[number % 4],
        alignment_score=0.5,
        has_text_embedding=has_text,
        likes=int(rng.pareto(1.2) * 10),
        comments=int(rng.pareto(1.5) * 3),
        created_at=_NOW - timedelta(hours=float(rng.uniform(0, 720))),
        media_type="image" if has_picture else "text",
        content_hash=f"sha256:{number:064x}" if has_picture else None,
        model_fingerprint=schema.fingerprints,
        perceptual_hash=f"{rng.integers(1 << 63):016x}" if has_picture else None,
        visual=unit_vector(rng, schema.dimensions["visual"]) if has_picture else None,
        text=unit_vector(rng, schema.dimensions["text"]) if has_text else None,
    )
