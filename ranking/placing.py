"""From what posts score by themselves to the order that they stand in.

The posts that are best by score are placed one by one: each step takes the highest
    score with its diversity as it stands now − strength · redundancy to the posts right before,
ties by row. What follows them stands by score with its author's decay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranking.greedy import Greedy, Standing
from ranking.similarity import Modality, kernel, similarity, similarity_and_sameness
from ranking.variety import author_variety, count_before, type_variety
from ranking.window import LargestInWindow, SpanOfWindow, SumOfWindow, Unwatched, Window

Rows = NDArray[np.int64]
Method = Literal["msd", "mmr", "ssd", "none"]
METHODS: tuple[Method, ...] = ("msd", "mmr", "ssd", "none")


@dataclass(frozen=True, slots=True)
class DiversityParameters:
    """How vectors spread posts out.

    `method`: how a post's redundancy to the last `window` posts is measured (`window.py`): by
    max-sum diversification, maximal marginal relevance, sliding spectrum decomposition, not at all.
    `strength`: the score that a wholly redundant post gives up when it is placed. `depth`: the
    places that are chosen so; what follows stands by its score.
    """

    method: Method = "msd"
    window: int = 10
    strength: float = 0.46
    depth: int = 200

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, not {self.method!r}")
        if self.window < 1 or self.depth < 0 or not 0 <= self.strength < float("inf"):
            raise ValueError("window must be ≥ 1, depth and strength must be ≥ 0")


class Placement(NamedTuple):
    """Rows in the order of places, the redundancy each was placed with, and the places that the
    rows would have by score with full diversity. All [n], or [limit].

    Redundancy is not measured below `depth`: it is 0 there.
    """

    rows: Rows
    redundancy: NDArray[np.float64]
    place_by_score: Rows


def place(
    standing: Standing,
    modalities: Sequence[Modality],
    parameters: DiversityParameters,
    *,
    limit: int | None,
    fixed: Mapping[int, int],
) -> Placement:
    """Order all rows of `standing`, or the best `limit`.

    The vectors of `modalities` have a row for each of the `n` posts and each of the last posts
    that stand before. `fixed`: place → row; such a row is placed nowhere else.
    """
    count = len(standing.score)
    length = count if limit is None else min(limit, count)
    order = by_score(standing)
    is_free = np.ones(count, dtype=np.bool_)
    is_free[list(fixed.values())] = False
    free = order[is_free[order]]
    head, redundancy = _head(
        standing, modalities, parameters, np.sort(free[: parameters.depth]), length, fixed
    )
    rows = head
    if len(head) < length:
        tail = _tail(standing, head, np.sort(free[parameters.depth :]))
        rows = _with_fixed(head, tail, fixed)[:length]
    place_by_score = np.empty(count, dtype=np.int64)
    place_by_score[order] = np.arange(count)
    measured = np.zeros(length)
    measured[: len(head)] = redundancy
    return Placement(rows, measured, place_by_score[rows])


def by_score(standing: Standing) -> Rows:
    """Rows by falling score with full diversity, equal ones by row, [n]."""
    rows: Rows = (-(standing.score + standing.share)).argsort(kind="stable")
    return rows


def _head(
    standing: Standing,
    modalities: Sequence[Modality],
    parameters: DiversityParameters,
    pool: Rows,
    length: int,
    fixed: Mapping[int, int],
) -> tuple[Rows, NDArray[np.float64]]:
    """Place the pool, and the fixed rows among it, up to `length` places."""
    count = len(standing.score)
    fixed_rows = np.array([row for _, row in sorted(fixed.items())], dtype=np.int64)
    vector_rows = max((len(each.vectors.present) for each in modalities), default=count)
    members = np.concatenate([pool, fixed_rows, np.arange(count, vector_rows)])
    window = _window(modalities, members, parameters)
    for member in range(len(members) - (vector_rows - count), len(members)):
        window.add(member)
    greedy = Greedy(
        standing, members[: len(pool) + len(fixed)], len(pool), window, parameters.strength
    )
    member_at = {place: len(pool) + n for n, place in enumerate(sorted(fixed))}
    placed: list[int] = []
    redundancy: list[float] = []
    left = len(pool)
    while len(placed) < length:
        member = member_at.get(len(placed), -1)
        if member < 0:
            if not left:
                break
            member = greedy.choose()
            left -= 1
        placed.append(member)
        redundancy.append(float(window.redundancy[member]))
        greedy.put(member)
    return members[placed], np.array(redundancy)


def _window(
    modalities: Sequence[Modality], members: Rows, parameters: DiversityParameters
) -> Window:
    if not modalities or not len(members) or parameters.method == "none":
        return Unwatched(len(members))
    if parameters.method == "msd":
        return SumOfWindow(*similarity_and_sameness(modalities, members), parameters.window)
    if parameters.method == "mmr":
        return LargestInWindow(similarity(modalities, members), parameters.window)
    return SpanOfWindow(kernel(modalities, members), parameters.window)


def _tail(standing: Standing, head: Rows, rows: Rows) -> Rows:
    """Rows by score, with the diversity that the head leaves them and their author's decay."""
    type_counts, author_counts = standing.counts_before()
    np.add.at(type_counts, standing.types[head], 1)
    np.add.at(author_counts, standing.authors[head], 1)
    full = standing.score[rows] + standing.share[rows]
    rows = rows[(-full).argsort(kind="stable")]
    types, authors = standing.types[rows], standing.authors[rows]
    diversity = 0.5 * type_variety(type_counts[types]) + 0.5 * author_variety(
        author_counts[authors] + count_before(authors)
    )
    key = standing.score[rows] + standing.share[rows] * diversity
    placed: Rows = rows[np.lexsort((rows, -key))]
    return placed


def _with_fixed(head: Rows, tail: Rows, fixed: Mapping[int, int]) -> Rows:
    """The head, then the tail in the places that fixed rows leave it."""
    later = {place: row for place, row in fixed.items() if place >= len(head)}
    rows = np.empty(len(head) + len(tail) + len(later), dtype=np.int64)
    rows[: len(head)] = head
    is_open = np.ones(len(rows), dtype=np.bool_)
    is_open[: len(head)] = False
    for place, row in later.items():
        rows[place] = row
        is_open[place] = False
    rows[is_open] = tail
    return rows
