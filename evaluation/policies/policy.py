"""What a policy is asked, and what it may know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from evaluation.world.answers import Event
from ranking.types import Post, Vector

Never = Literal["liked", "seen"]
LIKING = frozenset({"like", "comment", "share", "save"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: candidates, all events of the viewer so far, the time, a seed for luck.

    `catalogue_vectors` (visual, text) give the vectors of the posts that events name, by index.
    `worth` [n] is the truth about `posts`, for the oracle alone.
    """

    posts: Sequence[Post]
    past: Sequence[Event]
    now_s: float
    seed: tuple[int, ...]
    limit: int
    vectors: "VectorsOf"
    worth: NDArray[np.float64]


class VectorsOf(Protocol):
    """The vectors (visual, text) of a post that an event names."""

    def __call__(self, post: int) -> tuple[Vector | None, Vector | None]: ...


class Policy(Protocol):
    """Orders candidates. `never`: what its product takes out of them beforehand."""

    @property
    def name(self) -> str: ...

    @property
    def never(self) -> Never: ...

    def order(self, asked: Asked) -> list[int]:
        """Rows of `asked.posts`, the best `asked.limit`, best first."""
        ...


def liked(asked: Asked) -> list[tuple[Vector | None, Vector | None]]:
    """Vectors of what the viewer liked, one row an event."""
    return [asked.vectors(event.post) for event in asked.past if event.kind in LIKING]


def mean_direction(vectors: Sequence[Vector | None]) -> Vector | None:
    """Unit vector of the plain mean; None without any."""
    known = [vector for vector in vectors if vector is not None]
    if not known:
        return None
    mean: Vector = np.mean(known, axis=0)
    return mean / np.linalg.norm(mean)


def cosines(direction: Vector | None, vectors: Sequence[Vector | None]) -> NDArray[np.float64]:
    """Cosine of each vector with a direction, [n]; NaN where either is missing."""
    column = np.full(len(vectors), np.nan)
    if direction is not None:
        for row, vector in enumerate(vectors):
            if vector is not None:
                column[row] = vector @ direction
    return column
