"""The diversity signal: how few posts of the same kind and author stand before a post.

diversity = ½ · w / (w + posts of its content type before) + ½ · ½^(posts by its author before).
Both terms only fall as posts are placed. A post that is placed earlier can so only gain by it,
and more likes or a newer date never lower a final score.
"""

import numpy as np
from numpy.typing import NDArray

TYPE_SCALE = 10.0
"""Posts of one content type after which another one is half as welcome."""


def type_variety(count: NDArray[np.int64]) -> NDArray[np.float64]:
    """w / (w + count), in (0, 1], elementwise."""
    return TYPE_SCALE / (TYPE_SCALE + count)


def author_variety(count: NDArray[np.int64]) -> NDArray[np.float64]:
    """½^count, in (0, 1], elementwise."""
    variety: NDArray[np.float64] = np.exp2(-count.astype(np.float64))
    return variety


def variety(types: NDArray[np.int64], authors: NDArray[np.int64]) -> NDArray[np.float64]:
    """Diversity of each post of an order, given the codes of its content type and author, [n]."""
    return 0.5 * type_variety(count_before(types)) + 0.5 * author_variety(count_before(authors))


def count_before(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each code occurred before its place, [n]."""
    by_code = codes.argsort(kind="stable")
    ordered = codes[by_code]
    first = np.searchsorted(ordered, ordered, side="left")
    counts = np.empty(len(codes), dtype=np.int64)
    counts[by_code] = np.arange(len(codes)) - first
    return counts
