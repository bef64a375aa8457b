"""What travels through the ranker."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from ranking.weights import SIGNALS

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Post:
    """A candidate post.

    `visual` and `text` are unit vectors of shape [d_visual] and [d_text], or None where the post
    has no such side. `legacy` is a unit vector [d_legacy] of an older visual model, heeded where
    there is no `visual` one. `created_at_s` is in seconds since the epoch, NaN where it is not
    known; an unknown author is "".
    """

    media_id: str
    author_id: str
    content_type: str
    created_at_s: float
    likes: int = 0
    comments: int = 0
    visual: Vector | None = None
    text: Vector | None = None
    legacy: Vector | None = None


@dataclass(frozen=True, slots=True)
class Interest:
    """One thing that a viewer likes, or avoids, in one modality.

    `vector` is a unit vector [d]: of what is liked the mean, of what is avoided a post's. `weight`
    in (0, 1]: the share of the viewer's heaviest interest, or how strongly it is avoided.
    `media_id` is the post that stands for it; None where no one post does.
    """

    vector: Vector
    weight: float = 1.0
    media_id: str | None = None


@dataclass(frozen=True, slots=True)
class Taste:
    """What a viewer likes and avoids in one modality; both are empty without a history."""

    interests: tuple[Interest, ...] = ()
    avoided: tuple[Interest, ...] = ()


@dataclass(frozen=True, slots=True)
class Viewer:
    """A viewer's taste, by modality; `legacy` is that of pictures, in the older model's vectors."""

    visual: Taste = Taste()
    text: Taste = Taste()
    legacy: Taste = Taste()


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
    """A post in its place. The contributions of `signals` add up to `score`; None is missing.

    The other fields are those of `RankedPosts`, at this post's place.
    """

    post: Post
    score: float
    signals: dict[str, Signal | None]
    redundancy: float
    place_by_score: int
    interest: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class RankedPosts(Sequence[RankedPost]):
    """Posts in the order of their places, as columns; an item is a `RankedPost`, made when asked.

    `score` [n]; `raw`, `value` and `weight` [n, 5] in the order of SIGNALS, a missing signal has
    NaN, NaN and 0. `redundancy` [n] in [0, 1]: likeness to the posts right before it.
    `place_by_score` [n]: the place, from 0, that it would have without diversity. `interest`
    [n, 2]: which of the viewer's interests (visual, text) its cosine is of, −1 for none; the
    legacy interests count on after the visual ones.
    """

    posts: tuple[Post, ...]
    score: NDArray[np.float64]
    raw: NDArray[np.float64]
    value: NDArray[np.float64]
    weight: NDArray[np.float64]
    redundancy: NDArray[np.float64]
    place_by_score: NDArray[np.int64]
    interest: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.posts)

    @overload
    def __getitem__(self, index: int) -> RankedPost: ...

    @overload
    def __getitem__(self, index: slice) -> "RankedPosts": ...

    def __getitem__(self, index: int | slice) -> "RankedPost | RankedPosts":
        if isinstance(index, slice):
            return RankedPosts(
                self.posts[index],
                self.score[index],
                self.raw[index],
                self.value[index],
                self.weight[index],
                self.redundancy[index],
                self.place_by_score[index],
                self.interest[index],
            )
        visual, text = self.interest[index].tolist()
        return RankedPost(
            self.posts[index],
            float(self.score[index]),
            self._signals(index),
            float(self.redundancy[index]),
            int(self.place_by_score[index]),
            (visual, text),
        )

    def __iter__(self) -> Iterator[RankedPost]:
        return map(self.__getitem__, range(len(self)))

    def _signals(self, index: int) -> dict[str, Signal | None]:
        rows = (column[index].tolist() for column in (self.raw, self.value, self.weight))
        return {
            name: None if value != value else Signal(raw, value, weight, value * weight)  # noqa: PLR0124
            for name, raw, value, weight in zip(SIGNALS, *rows, strict=True)
        }
