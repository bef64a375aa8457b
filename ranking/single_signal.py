"""Posts in the order of one signal alone, as the rankers before this one ordered them."""

from collections.abc import Sequence

import numpy as np

from ranking.signals import Column
from ranking.types import Post, RankedPosts
from ranking.weights import SIGNALS


def ranked_by(
    signal: str, posts: Sequence[Post], raw: Column, value: Column, *, interest: int = -1
) -> RankedPosts:
    """`posts`, in this order, with one signal of weight 1; all others are missing.

    `raw` [n] in the signal's own unit, `value` [n] in [0, 1] is the score; NaN where a post has
    no such signal, which then scores 0. `interest`: which of the viewer's visual ones it is of.
    """
    count = len(posts)
    column = SIGNALS.index(signal)
    raws, values = np.full((2, count, len(SIGNALS)), np.nan)
    weights = np.zeros((count, len(SIGNALS)))
    raws[:, column], values[:, column] = raw, value
    weights[:, column] = ~np.isnan(value)
    return RankedPosts(
        posts=tuple(posts),
        score=np.nan_to_num(value),
        raw=raws,
        value=values,
        weight=weights,
        redundancy=np.zeros(count),
        place_by_score=np.arange(count),
        interest=np.tile(np.array([interest, -1], dtype=np.int64), (count, 1)),
    )
