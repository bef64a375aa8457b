"""How good a served list is: its order, its variety, its repeats."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def dcg_at(gains: Floats, k: int) -> float:
    """Σ gain / log2(place + 1) over the first `k` places (Järvelin & Kekäläinen, TOIS 2002)."""
    top = np.asarray(gains, dtype=np.float64)[:k]
    return float(top @ (1.0 / np.log2(np.arange(2, top.size + 2))))


def ndcg_at(gains: Floats, k: int, pool: Floats | None = None) -> float:
    """DCG of a list over that of the best list there is, in [0, 1].

    `gains` [n] ≥ 0 in the order served. `pool` [m]: the gains of all candidates, of which the
    list is the beginning; None: the list holds them all. 0 where nothing has a gain.
    """
    candidates = np.asarray(gains if pool is None else pool, dtype=np.float64)
    ideal = dcg_at(-np.sort(-candidates), k)
    return dcg_at(gains, k) / ideal if ideal > 0 else 0.0


def reciprocal_rank(relevant: NDArray[np.bool_]) -> float:
    """1 / place of the first relevant post (Voorhees, TREC-8 1999), 0 where there is none.

    `relevant` [n] in the order served. MRR is its mean over requests.
    """
    places = np.flatnonzero(relevant)
    return 1.0 / (int(places[0]) + 1) if places.size else 0.0


def intra_list_distance(vectors: Floats) -> float:
    """Mean of 1 − cosine over all pairs of a list, [n, d] (Ziegler et al., WWW 2005); in [0, 2].

    0 for fewer than two vectors. Raises ValueError for a vector without direction.
    """
    vectors = np.asarray(vectors, dtype=np.float64)
    count = len(vectors)
    if count < 2:  # noqa: PLR2004 - a pair
        return 0.0
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (norms > 0).all():
        raise ValueError("a zero vector has no direction")
    total = (vectors / norms).sum(axis=0)
    # |Σ v|² holds every ordered pair and, of unit vectors, `count` ones.
    return float(1.0 - (total @ total - count) / (count * (count - 1)))


def coverage(served: Sequence[Hashable], catalogue: int) -> float:
    """Share of `catalogue` different things (posts, authors) that were served at least once.

    Herlocker et al., TOIS 2004. Raises ValueError where more is served than there is.
    """
    distinct = len(set(served))
    if distinct > catalogue or catalogue < 1:
        raise ValueError(f"{distinct} different things served of a catalogue of {catalogue}")
    return distinct / catalogue


def repeat_rate(served: Sequence[Hashable], before: Sequence[Hashable] = ()) -> float:
    """Share of one viewer's impressions that show a post again; 0 for no impression.

    `before`: what the viewer had been shown already.
    """
    known = set(before)
    fresh = len(known.union(served)) - len(known)
    return 1.0 - fresh / len(served) if served else 0.0
