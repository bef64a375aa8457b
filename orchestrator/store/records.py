"""What the store keeps and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Modality = Literal["visual", "text"]
MODALITIES: tuple[Modality, ...] = ("visual", "text")
MediaType = Literal["image", "video", "text"]
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
    for posts stored before there was one. `media_url` says where the medium can be fetched again:
    a path under the media folder, or an HTTP address; None where nobody said. `duration_s`,
    `frame_times_s` and `representative_time_s` are of an analysed video: its length, of which
    moments its vector and text are, in order, and which of these stands for it.
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
    media_type: MediaType
    content_hash: str | None
    model_fingerprint: Mapping[str, str]
    degraded: tuple[str, ...] = ()
    perceptual_hash: str | None = None
    media_url: str | None = None
    duration_s: float | None = None
    frame_times_s: tuple[float, ...] = ()
    representative_time_s: float | None = None
    visual: Vector | None = None
    text: Vector | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something a viewer did with a post; `value` is in the kind's own unit (dwell: seconds).

    `author_id` is the author of the post when the event was recorded; None in events recorded
    before it was kept. `variant` names what served the post to the viewer; None where no feed did.
    """

    event_id: str
    user_id: str
    media_id: str
    kind: str
    at: datetime
    value: float | None = None
    author_id: str | None = None
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """A closed range; None is no bound."""

    at_least: float | None = None
    at_most: float | None = None


NO_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class PostFilter:
    """Posts that match every condition that is set.

    A post without an alignment score is within no bounds of it. `without` are media ids.
    """

    author_ids: tuple[str, ...] = ()
    content_types: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    created_after: datetime | None = None
    created_before: datetime | None = None
    likes: Bounds = NO_BOUNDS
    comments: Bounds = NO_BOUNDS
    alignment: Bounds = NO_BOUNDS
    without: tuple[str, ...] = ()


class Neighbour(NamedTuple):
    """A post found by a vector, and the cosine of the two."""

    media_id: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Schema:
    """What the vectors of a store are: fingerprint id and dimension by modality."""

    fingerprints: Mapping[str, str]
    dimensions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LegacyPost:
    """A point of `media_embeddings`, the collection of the ViT-only system.

    `point_id` is the engine's own, as the old system chose it. `media_url` is a path or an HTTP
    address. What the point's payload does not say is None; counters are then 0. `vector` is a unit
    vector [768]; None where vectors were not asked for.
    """

    point_id: str
    media_id: str
    author_id: str | None
    media_url: str | None
    caption: str | None
    created_at: datetime | None
    likes: int
    comments: int
    vector: Vector | None = None


@dataclass(frozen=True, slots=True)
class BrokenPoint:
    """A point of the legacy collection that can't be read as a post, and why."""

    point_id: str
    reason: str
