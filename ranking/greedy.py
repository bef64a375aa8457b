"""The greedy choice: what every open post would score if it were placed now."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranking.variety import author_variety, type_variety
from ranking.window import Window

_NO_STRENGTH = 1e-9


class Standing(NamedTuple):
    """What of the posts does not depend on their places, by row.

    `score` [n] without diversity, `share` [n] the weight of diversity. `types` and `authors`
    [n + a] are codes from 0; the rows after n are of the posts that stand before, oldest first.
    """

    score: NDArray[np.float64]
    share: NDArray[np.float64]
    types: NDArray[np.int64]
    authors: NDArray[np.int64]

    def counts_before(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Posts of each content type and of each author that stand before."""
        before = len(self.score)
        return (
            np.bincount(self.types[before:], minlength=self.types.max(initial=0) + 1),
            np.bincount(self.authors[before:], minlength=self.authors.max(initial=0) + 1),
        )


class Greedy:
    """Places `members`, rows of a `Standing`, of which the first `choices` are open to choice.

    `window` knows posts by their position in `members`.
    """

    def __init__(
        self,
        standing: Standing,
        members: NDArray[np.int64],
        choices: int,
        window: Window,
        strength: float,
    ) -> None:
        self._window = window
        # In units of `strength`, so that redundancy need not be multiplied at every step.
        counts = strength > _NO_STRENGTH
        self._redundancy = window.redundancy[:choices] if counts else np.zeros(choices)
        scale = 1.0 / strength if counts else 1.0
        types, authors = standing.types[members], standing.authors[members]
        type_counts, author_counts = standing.counts_before()
        rows, open_types, open_authors = members[:choices], types[:choices], authors[:choices]
        highest = np.arange(len(standing.types) + 1)
        self._type_values: list[float] = type_variety(highest).tolist()
        self._author_values: list[float] = author_variety(highest).tolist()
        self._types: list[int] = types.tolist()
        self._authors: list[int] = authors.tolist()
        self._type_counts: list[int] = type_counts.tolist()
        self._author_counts: list[int] = author_counts.tolist()
        self._score = scale * standing.score[rows]
        half_share = scale * 0.5 * standing.share[rows]
        self._half_share: list[float] = half_share.tolist()
        self._type_part = half_share * type_variety(type_counts[open_types])
        self._author_part = half_share * author_variety(author_counts[open_authors])
        of_type = [np.flatnonzero(open_types == code) for code in range(len(type_counts))]
        self._of_type = [(alike, half_share[alike]) for alike in of_type]
        self._of_author: dict[int, list[int]] = defaultdict(list)
        for member, code in enumerate(self._authors[:choices]):
            self._of_author[code].append(member)
        self._key = np.empty(choices)

    def choose(self) -> int:
        """The open member with the highest score now, the first of equal ones."""
        key = self._key
        np.add(self._score, self._type_part, key)
        np.add(key, self._author_part, key)
        np.subtract(key, self._redundancy, key)
        return int(key.argmax())

    def put(self, member: int) -> None:
        """Place a member, open or not."""
        kind, author = self._types[member], self._authors[member]
        self._type_counts[kind] += 1
        self._author_counts[author] += 1
        alike, half_share = self._of_type[kind]
        self._type_part[alike] = half_share * self._type_values[self._type_counts[kind]]
        if member < len(self._key):
            self._score[member] = -np.inf
            self._of_author[author].remove(member)
        value = self._author_values[self._author_counts[author]]
        for other in self._of_author[author]:
            self._author_part[other] = self._half_share[other] * value
        self._window.add(member)
