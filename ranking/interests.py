"""Groups of alike posts, each told by one real post of it.

Ward's clustering of a viewer's posts, and medoids to stand for the clusters, as PinnerSage does
(Pal et al., KDD 2020). Posts have masses, so that what counts little makes no cluster.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

CLEAR_RISE = 1.5
"""Merges of one cloud of posts grow dearer by less than this, in made histories."""
_FAINT = 1e-9
"""Share of the heaviest mass that any row counts at least, so that none counts nothing."""
_NO_DIRECTION = 1e-6
_SAME = 1e-9
"""Height below which a merge unites copies, in masses of which the largest is 1."""

Matrix = NDArray[np.float32]
Masses = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tree:
    """The merges of a clustering, the cheapest first.

    `pairs` [n − 1, 2]: a row of each of the two clusters that a merge unites. `heights` [n − 1]:
    by how much it raises the sum of squared distances to the centres; their sum is that of all.
    """

    pairs: NDArray[np.int64]
    heights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cluster:
    """`medoid`: the row that stands for it; `mass`: of all its rows; `mean` [d]: their unit mean,
    the medoid where they have none."""

    medoid: int
    mass: float
    mean: Matrix = field(compare=False, repr=False)


def clusters(vectors: Matrix, masses: Masses, *, most: int) -> list[Cluster]:
    """Cluster unit `vectors` [n, d] with `masses` [n] above 0: the heaviest `most` clusters.

    The heaviest stands first, and of two that are as heavy the one whose medoid's row does.
    """
    tree = ward(vectors, np.maximum(masses / masses.max(), _FAINT))
    labels = cut(tree, natural_count(tree.heights, most=most))
    found = [
        _cluster(vectors, masses, np.flatnonzero(labels == label)) for label in np.unique(labels)
    ]
    return sorted(found, key=lambda cluster: (-cluster.mass, cluster.medoid))[:most]


def ward(vectors: Matrix, masses: Masses) -> Tree:
    """Ward's hierarchical clustering of unit `vectors` [n, d] with `masses` [n] above 0.

    The nearest-neighbour chain (Murtagh 1983): O(n²) time and memory. Two clusters are as far as
    m·m' / (m + m') · |c − c'|², updated by the formula of Lance and Williams.
    """
    mass = masses.astype(np.float64)
    count = len(mass)
    distance = _distances(vectors, mass)
    alive = np.ones(count, dtype=np.bool_)
    pairs = np.empty((max(0, count - 1), 2), dtype=np.int64)
    heights = np.empty(max(0, count - 1))
    chain: list[int] = []
    for merge in range(count - 1):
        if not chain:
            chain.append(int(alive.argmax()))
        left, right = _reciprocal(distance, chain)
        height = distance[left, right]
        one, other = distance[left], distance[right]
        both = mass[left] + mass[right]
        row = mass * (one + other - height) + mass[left] * one + mass[right] * other
        row /= mass + both
        row[left] = row[right] = np.inf
        # The row of `right` is not read again.
        distance[left] = distance[:, left] = row
        distance[:, right] = np.inf
        mass[left] = both
        alive[right] = False
        pairs[merge], heights[merge] = (left, right), height
    order = np.argsort(heights, kind="stable")
    return Tree(pairs[order], np.maximum(heights[order], 0.0))


def cut(tree: Tree, count: int) -> Labels:
    """Labels [n] of `count` clusters: a row of each cluster's."""
    total = len(tree.pairs) + 1
    parent = list(range(total))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = row = parent[parent[row]]
        return row

    for left, right in tree.pairs[: total - count].tolist():
        parent[root(right)] = root(left)
    return np.array([root(row) for row in range(total)], dtype=np.int64)


def natural_count(heights: NDArray[np.float64], *, most: int) -> int:
    """How many clusters the rising `heights` [n − 1] of a tree tell of, `2 · most` at the utmost.

    It is where the next merge is the most times dearer than the last; where none is
    `CLEAR_RISE` times dearer there are no clusters to be seen, and `most` parts cover the whole.
    """
    total = len(heights) + 1
    counts = range(2, min(2 * most, total - 1) + 1)
    rises = [
        (float(heights[total - count] / max(heights[total - count - 1], _SAME)), -count)
        for count in counts
    ]
    rise, negated = max(rises, default=(0.0, 0))
    return -negated if rise >= CLEAR_RISE else min(most, total)


def _distances(vectors: Matrix, mass: Masses) -> NDArray[np.float64]:
    """What it costs to unite two rows, [n, n]; infinite on the diagonal."""
    cosines: NDArray[np.float64] = (vectors @ vectors.T).astype(np.float64)
    distance = np.maximum(2.0 - 2.0 * cosines, 0.0)
    distance *= mass[:, None] * mass / (mass[:, None] + mass)
    np.fill_diagonal(distance, np.inf)
    return distance


def _reciprocal(distance: NDArray[np.float64], chain: list[int]) -> tuple[int, int]:
    """Follow nearest neighbours from the chain's end to two that are each other's; takes them."""
    while True:
        row = distance[chain[-1]]
        nearest = int(row.argmin())
        if len(chain) > 1 and row[chain[-2]] <= row[nearest]:
            return chain.pop(), chain.pop()
        chain.append(nearest)


def _cluster(vectors: Matrix, masses: Masses, rows: Labels) -> Cluster:
    """The medoid has the least sum of squared distances: the largest cosine with the mean."""
    mass = float(masses[rows].sum())
    mean = (masses[rows] / mass) @ vectors[rows].astype(np.float64)
    medoid = int(rows[(vectors[rows] @ mean).argmax()])
    length = float(np.linalg.norm(mean))
    unit = (mean / length).astype(np.float32) if length > _NO_DIRECTION else vectors[medoid]
    return Cluster(medoid, mass, unit)
