"""How a person answers posts that are shown: events, with the randomness of people."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.world.topics import Floats

_DRAWS = 8


class Event(NamedTuple):
    """What a person did with a post (its index); `value` is the dwell in seconds, else None."""

    post: int
    kind: str
    at_s: float
    value: float | None = None


class Mood:
    """A person's luck with every post: the same post is answered alike, whoever serves it.

    Common random numbers: policies differ by what they show, not by draws.
    """

    def __init__(self, rng: np.random.Generator, posts: int) -> None:
        self._normal = rng.standard_normal((posts, 2)).astype(np.float32)
        self._uniform = rng.random((posts, _DRAWS)).astype(np.float32)

    def answers(self, posts: NDArray[np.int64], worth: Floats, at_s: Floats) -> Iterator[Event]:
        """Events for posts of a `worth`, [n] each, shown at `at_s` [n]."""
        felt = worth + 0.15 * self._normal[posts, 0]
        dwell_s = np.exp(np.log(1.5 + 15.0 * np.maximum(felt, 0)) + 0.5 * self._normal[posts, 1])
        like = _sigmoid(10.0 * (felt - 0.45))
        hide = 0.5 * _sigmoid(12.0 * (-felt - 0.35))
        chances = {
            "like": like,
            "comment": 0.10 * like,
            "share": 0.08 * like,
            "save": 0.12 * like,
            "hide": hide,
            "report": 0.1 * hide,
        }
        happens = {
            kind: self._uniform[posts, column] < chance
            for column, (kind, chance) in enumerate(chances.items())
        }
        skip = (dwell_s < 1.5) & (felt < 0.2)
        for row, post in enumerate(posts.tolist()):
            at = float(at_s[row])
            if skip[row]:
                yield Event(post, "skip", at)
            else:
                yield Event(post, "view", at)
                yield Event(post, "dwell", at, round(float(dwell_s[row]), 1))
            for offset, (kind, happened) in enumerate(happens.items(), start=1):
                if happened[row]:
                    yield Event(post, kind, at + offset)


def _sigmoid(x: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-x))
