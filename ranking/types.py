"""What travels through the ranker."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Post:
    """A candidate post.

    `visual` and `text` are unit vectors of shape [d_visual] and [d_text], or None where the post
    has no such side. `created_at_s` is in seconds since the epoch.
    """

    media_id: str
    author_id: str
    content_type: str
    created_at_s: float
    likes: int = 0
    comments: int = 0
    visual: Vector | None = None
    text: Vector | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """A viewer's taste: one unit vector a modality, None where there is no history yet."""

    visual: Vector | None = None
    text: Vector | None = None


class Signal(NamedTuple):
    """One signal of one ranked post.

    `raw` is in the signal's own unit (cosine, interactions, hours, variety), `value` in [0, 1],
    `weight` is the share after missing signals were left out, `contribution` = value · weight.
    """

    raw: float
    value: float
    weight: float
    contribution: float


class RankedPost(NamedTuple):
    """A post in its place. The contributions of `signals` add up to `score`; None is missing."""

    post: Post
    score: float
    signals: dict[str, Signal | None]
