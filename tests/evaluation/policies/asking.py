"""A request by hand."""

from collections.abc import Sequence

import numpy as np

from evaluation.policies.policy import Asked
from evaluation.world.answers import Event
from ranking.types import Post, Vector

NOW_S = 1_000_000.0


def unit(*row: float) -> Vector:
    vector = np.array(row, dtype=np.float32)
    return vector / np.linalg.norm(vector)


EAST, NORTH = unit(1, 0), unit(0, 1)


def asked(posts: Sequence[Post], *liked: tuple[Vector | None, Vector | None]) -> Asked:
    return Asked(
        posts=posts,
        past=[Event(number, "like", NOW_S - 60) for number in range(len(liked))],
        now_s=NOW_S,
        seed=(1, 2),
        limit=10,
        vectors=lambda post: liked[post],
        worth=np.arange(len(posts), dtype=np.float64),
    )
