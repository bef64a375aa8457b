"""What the store keeps and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Modality = Literal["visual", "text"]
Kind = Literal[
    "view",
    "dwell",
    "like",
    "comment",
    "share",
    "save",
    "follow",
    "skip",
    "hide",
    "hide_author",
    "report",
]
"""What a viewer can do with a post."""


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post of `media_embeddings_v2`: its payload and its named vectors.

    `created_at` is aware. `model_fingerprint` holds the fingerprint's id by modality. A vector is
    a unit vector of its model's dimension; None where the post has no such side, or where vectors
    were not asked for. `perceptual_hash` is 16 hex digits; None where the picture has none, and
    for posts stored before there was one.
    """

    media_id: str
    author_id: str
    caption: str | None
    ocr_text: str
    content_type: str
    alignment_score: float | None
    has_text_embedding: bool
    likes: int
    comments: int
    created_at: datetime
    media_type: Literal["image", "text"]
    content_hash: str | None
    model_fingerprint: Mapping[str, str]
    degraded: tuple[str, ...] = ()
    perceptual_hash: str | None = None
    visual: Vector | None = None
    text: Vector | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something a viewer did with a post; `value` is in the kind's own unit (dwell: seconds).

    `author_id` is the author of the post when the event was recorded; None in events recorded
    before it was kept.
    """

    event_id: str
    user_id: str
    media_id: str
    kind: str
    at: datetime
    value: float | None = None
    author_id: str | None = None


@dataclass(frozen=True, slots=True)
class PostFilter:
    """Posts that match every condition that is set."""

    author_ids: tuple[str, ...] = ()
    content_types: tuple[str, ...] = ()
    created_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A post found by a vector, and the cosine of the two."""

    media_id: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Schema:
    """What the vectors of a store are: fingerprint id and dimension by modality."""

    fingerprints: Mapping[str, str]
    dimensions: Mapping[str, int]
