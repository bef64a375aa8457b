"""Chance, the clock and the legacy ranker, which ours has to beat; and the truth, its bound."""

from dataclasses import dataclass

import numpy as np

from evaluation.policies.policy import Asked, Never, cosines, liked, mean_direction


@dataclass(frozen=True, slots=True)
class Random:
    """A fair shuffle."""

    name: str = "random"
    never: Never = "liked"

    def order(self, asked: Asked) -> list[int]:
        rng = np.random.default_rng(asked.seed)
        return _plain(rng.permutation(len(asked.posts)), asked.limit)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest first."""

    name: str = "newest"
    never: Never = "liked"

    def order(self, asked: Asked) -> list[int]:
        created = np.array([post.created_at_s for post in asked.posts])
        return _plain(np.argsort(-created, kind="stable"), asked.limit)


@dataclass(frozen=True, slots=True)
class Legacy:
    """The old system: cosine with the mean of the liked posts' pictures.

    What has no picture comes last; a viewer without likes gets the newest.
    """

    name: str = "legacy (visual mean)"
    never: Never = "liked"

    def order(self, asked: Asked) -> list[int]:
        taste = mean_direction([visual for visual, _ in liked(asked)])
        if taste is None:
            return Newest().order(asked)
        likeness = np.nan_to_num(cosines(taste, [post.visual for post in asked.posts]), nan=-1.0)
        return _plain(np.argsort(-likeness, kind="stable"), asked.limit)


@dataclass(frozen=True, slots=True)
class Oracle:
    """Knows what posts are worth: the bound of nDCG, not of variety."""

    name: str = "oracle"
    never: Never = "seen"

    def order(self, asked: Asked) -> list[int]:
        return _plain(np.argsort(-asked.worth, kind="stable"), asked.limit)


def _plain(order: np.ndarray[tuple[int], np.dtype[np.int64]], limit: int) -> list[int]:
    rows: list[int] = order[:limit].tolist()
    return rows
