"""Samples of cosines that calibrations are fitted to, from posts and from what viewers liked.

Each function draws from its `seed` alone. Matrices are of unit vectors, [n, d]; a history is the
matrix of a few posts that one viewer liked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Cosines = NDArray[np.float64]

COPY = 0.999
"""Cosine from which two posts are the same content; copies tell nothing of likeness."""
HISTORY = 8
"""Posts of a history, at most: who liked many more has medoids and no mean."""
NEIGHBOURHOODS = 2000
"""Posts whose nearest are looked for, at most."""
_BLOCK = 500
_NO_DIRECTION = 1e-6


@dataclass(frozen=True, slots=True)
class Samples:
    """Cosines of pairs that have nothing to do with each other, and of pairs that have."""

    background: Cosines
    related: Cosines


def pair_samples(vectors: Matrix, histories: Sequence[Matrix], *, count: int, seed: int) -> Samples:
    """Post ↔ post: what is nearest in a history to `count` random rows of `vectors`, and to each
    post of its own.

    A post is compared with all of a viewer's interests and counts by the nearest. Without
    histories: `count` random pairs, and each post with its nearest neighbour. Those are apart by
    construction: how far apart proves nothing.
    """
    if histories:
        return Samples(
            background=nearest_to_random(histories, vectors, count=count, seed=seed),
            related=nearest_within(histories),
        )
    return Samples(random_pairs(vectors, count=count, seed=seed), nearest_pairs(vectors))


def mean_samples(vectors: Matrix, histories: Sequence[Matrix], *, count: int, seed: int) -> Samples:
    """Mean ↔ post: means of `count` histories, each with a random row of `vectors`; what a viewer
    liked with the mean of the others in its history.

    Without histories, a post's nearest neighbours stand for what its likers liked before.
    """
    if histories:
        return Samples(
            background=means_to_random(histories, vectors, count=count, seed=seed),
            related=leave_one_out(histories),
        )
    around = neighbourhoods(vectors, HISTORY)
    return Samples(
        background=means_to_random(around, vectors, count=count, seed=seed),
        related=_defined([_to_others(history)[:1] for history in around]),
    )


def grouped(liked: Matrix, *, seed: int) -> list[Matrix]:
    """Cut what one viewer liked into histories of 2 to `HISTORY` posts, at random."""
    order = np.random.default_rng(seed).permutation(len(liked))
    parts = np.array_split(order, max(1, -(-len(liked) // HISTORY)))
    return [liked[part] for part in parts if len(part) > 1]


def random_pairs(vectors: Matrix, *, count: int, seed: int) -> Cosines:
    """Cosines [count] of two different rows each; none where there are not two."""
    total = len(vectors)
    if total <= 1:
        return np.empty(0)
    rng = np.random.default_rng(seed)
    one = rng.integers(total, size=count)
    other = (one + rng.integers(1, total, size=count)) % total
    return _cosines(vectors[one], vectors[other])


def nearest_pairs(vectors: Matrix) -> Cosines:
    """Cosine of a row with the nearest that is no copy of it, for each of `neighbourhoods`."""
    return np.array([float(pair[0] @ pair[1]) for pair in neighbourhoods(vectors, 2)])


def neighbourhoods(vectors: Matrix, size: int) -> list[Matrix]:
    """A row and the `size` − 1 rows nearest to it that are no copies of it, itself first.

    Of the first `NEIGHBOURHOODS` rows, those that have so many neighbours.
    """
    if len(vectors) < size:
        return []
    found = []
    centres = vectors[:NEIGHBOURHOODS]
    for start in range(0, len(centres), _BLOCK):
        cosines = centres[start : start + _BLOCK] @ vectors.T
        cosines[cosines >= COPY] = -np.inf
        nearest = np.argpartition(-cosines, size - 2, axis=1)[:, : size - 1]
        full = np.isfinite(np.take_along_axis(cosines, nearest, axis=1)).all(axis=1)
        found += [vectors[[start + row, *nearest[row]]] for row in np.flatnonzero(full)]
    return found


def means_to_random(
    histories: Sequence[Matrix], vectors: Matrix, *, count: int, seed: int
) -> Cosines:
    """Cosines [count] of a random history's mean and a random row of `vectors`."""
    if not histories:
        return np.empty(0)
    sums = np.stack([history.sum(axis=0, dtype=np.float64) for history in histories])
    norms = np.linalg.norm(sums, axis=1)
    directed = np.flatnonzero(norms > _NO_DIRECTION)
    if not len(directed) or not len(vectors):
        return np.empty(0)
    rng = np.random.default_rng(seed)
    chosen = directed[rng.integers(len(directed), size=count)]
    rows = vectors[rng.integers(len(vectors), size=count)]
    cosines: Cosines = _cosines(sums[chosen], rows) / norms[chosen]
    return cosines


def leave_one_out(histories: Sequence[Matrix]) -> Cosines:
    """Cosine of each post of each history with the mean of that history's others."""
    return _defined([_to_others(history) for history in histories])


def nearest_to_random(
    histories: Sequence[Matrix], vectors: Matrix, *, count: int, seed: int
) -> Cosines:
    """Cosine [count] of a random row of `vectors` with the nearest post of a random history.

    One post of the history is left out, so that this compares with `nearest_within`.
    """
    if not histories or not len(vectors):
        return np.empty(0)
    rng = np.random.default_rng(seed)
    rows = vectors[rng.integers(len(vectors), size=count)]
    chosen = rng.integers(len(histories), size=count)
    return _defined(
        [
            _nearest(histories[index][1:] @ rows[chosen == index].T)
            for index in np.unique(chosen).tolist()
        ]
    )


def nearest_within(histories: Sequence[Matrix]) -> Cosines:
    """Cosine of each post of each history with the nearest of that history's others."""
    return _defined([_nearest(_without_self(history @ history.T)) for history in histories])


def _without_self(cosines: Matrix) -> Matrix:
    np.fill_diagonal(cosines, 1.0)
    return cosines


def _nearest(cosines: Matrix) -> Cosines:
    """The largest of each column that is of no copy; NaN where all are."""
    largest = np.where(cosines < COPY, cosines, -np.inf).max(axis=0).astype(np.float64)
    nearest: Cosines = np.where(np.isfinite(largest), largest, np.nan)
    return nearest


def _to_others(history: Matrix) -> Cosines:
    """Cosine of each post with the mean of the others, [n]; NaN where that has no direction."""
    others = history.sum(axis=0, dtype=np.float64) - history
    norms = np.linalg.norm(others, axis=1)
    norms[norms <= _NO_DIRECTION] = np.nan
    cosines: Cosines = _cosines(others, history) / norms
    return cosines


def _defined(columns: Sequence[Cosines]) -> Cosines:
    joined = np.concatenate([np.empty(0), *columns])
    defined: Cosines = joined[~np.isnan(joined)]
    return defined


def _cosines(
    left: NDArray[np.float32] | NDArray[np.float64], right: NDArray[np.float32]
) -> Cosines:
    """Products of rows, [n]."""
    products: Cosines = np.einsum("nd,nd->n", left, right, dtype=np.float64)
    return products
