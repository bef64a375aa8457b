"""Posts and events that the tests of stores are made of."""

from dataclasses import replace
from datetime import datetime, timezone

import numpy as np

from orchestrator.store.records import Event, Schema, StoredPost, Vector

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=timezone.utc)
FINGERPRINTS = {"visual": "clip@1", "text": "mpnet@1"}
SCHEMA = Schema(fingerprints=FINGERPRINTS, dimensions={"visual": 4, "text": 3})


def unit(*components: float) -> Vector:
    vector = np.array(components, dtype=np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def post(media_id: str = "m1", **changes: object) -> StoredPost:
    """A whole post with both vectors."""
    whole = StoredPost(
        media_id=media_id,
        author_id="ann",
        caption="A cat",
        ocr_text="MEOW",
        content_type="meme",
        alignment_score=0.7,
        has_text_embedding=True,
        likes=3,
        comments=1,
        created_at=NOW,
        media_type="image",
        content_hash="sha256:00",
        model_fingerprint=FINGERPRINTS,
        degraded=("ocr",),
        perceptual_hash="c3d2e1f000112233",
        visual=unit(1, 0, 0, 0),
        text=unit(1, 0, 0),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def event(event_id: str = "e1", **changes: object) -> Event:
    """A like of m1."""
    whole = Event(event_id, "u1", "m1", "like", NOW, None, author_id="ann")
    return replace(whole, **changes)  # type: ignore[arg-type]


def without_vectors(stored: StoredPost) -> StoredPost:
    return replace(stored, visual=None, text=None)
