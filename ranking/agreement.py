"""How far two rankings of the same things agree."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

PERSISTENCE = 0.9
"""With this p, the first ten places carry 86 % of the weight of a rank-biased overlap."""


def overlap_at(one: Sequence[Hashable], other: Sequence[Hashable], k: int) -> float:
    """|one[:k] ∩ other[:k]| / k, in [0, 1] (Fagin et al., SIAM J. Discrete Math. 2003).

    Where both are shorter than `k`, the longer one's length stands for it; 0 for two empty ones.
    """
    depth = min(k, max(len(one), len(other)))
    return len(set(one[:k]) & set(other[:k])) / depth if depth else 0.0


def rank_correlation(one: Sequence[Hashable], other: Sequence[Hashable]) -> float | None:
    """Kendall's τ-b of the places of what both rank; None for fewer than two such things."""
    places = {thing: place for place, thing in enumerate(other)}
    common = [(place, places[thing]) for place, thing in enumerate(one) if thing in places]
    pairs = np.array(common, dtype=np.float64).reshape(-1, 2)
    return kendall_tau_b(pairs[:, 0], pairs[:, 1])


def kendall_tau_b(x: NDArray[np.float64], y: NDArray[np.float64]) -> float | None:
    """(P − Q) / √((P + Q + X)(P + Q + Y)), in [−1, 1] (Kendall, Biometrika 1945).

    Of the pairs of `x` [n] and `y` [n], P run the same way, Q opposite ways, X are tied in x
    alone, Y in y alone. None where one of them is all ties.
    """
    upper = np.triu_indices(len(x), k=1)
    along_x = np.sign(np.subtract.outer(x, x))[upper]
    along_y = np.sign(np.subtract.outer(y, y))[upper]
    untied = float(np.abs(along_x).sum() * np.abs(along_y).sum())
    return float(along_x @ along_y) / untied**0.5 if untied else None


def rank_biased_overlap(
    one: Sequence[Hashable], other: Sequence[Hashable], p: float = PERSISTENCE
) -> float:
    """RBO_ext in [0, 1] of two rankings without repeats (Webber et al., TOIS 2010, eq. 32).

    The weight of depth d falls as p^d; beyond the end of a list, the agreement that it had there
    is taken to go on. 0 where one is empty.
    """
    short, long = sorted((one, other), key=len)
    if not short:
        return 0.0
    overlaps = _overlaps(short, long)
    depth = np.arange(1, len(long) + 1)
    powers = p**depth
    at_end, at_last = overlaps[len(short) - 1], overlaps[-1]
    beyond = np.maximum(depth - len(short), 0)
    shares = overlaps / depth + at_end * beyond / (len(short) * depth)
    rest = (at_last - at_end) / len(long) + at_end / len(short)
    return float((1 - p) / p * (shares @ powers) + rest * powers[-1])


def _overlaps(short: Sequence[Hashable], long: Sequence[Hashable]) -> NDArray[np.float64]:
    """How many things the first d places of both have in common, for d = 1 … the longer's end."""
    met: set[Hashable] = set()
    common, overlaps = 0, []
    for place, thing in enumerate(long):
        others = {thing, *short[place : place + 1]}
        common += len(others & met) + (len(others) == 1 and place < len(short))
        met |= others
        overlaps.append(common)
    return np.array(overlaps, dtype=np.float64)
