"""The greedy choice: what every open post would score if it were placed now."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranking.variety import author_variety, type_variety
from ranking.window import Window


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
        self._strength = strength
        types, authors = standing.types[members], standing.authors[members]
        type_counts, author_counts = standing.counts_before()
        highest = np.arange(len(standing.types) + 1)
        self._type_values = type_variety(highest).tolist()
        self._author_values = author_variety(highest).tolist()
        self._member_types: list[int] = types.tolist()
        self._member_authors: list[int] = authors.tolist()
        self._type_counts: list[int] = type_counts.tolist()
        self._author_counts: list[int] = author_counts.tolist()
        self._authors = authors[:choices]
        self._of_type = [types[:choices] == code for code in range(len(type_counts))]
        self._open_by_author: list[int] = np.bincount(
            self._authors, minlength=len(author_counts)
        ).tolist()
        rows = members[:choices]
        self._score = standing.score[rows]
        self._half_share = 0.5 * standing.share[rows]
        self._type_part = self._half_share * type_variety(type_counts[types[:choices]])
        self._author_part = self._half_share * author_variety(author_counts[self._authors])
        self._key = np.empty(choices)

    def choose(self) -> int:
        """The open member with the highest score now, the first of equal ones."""
        key = self._key
        np.multiply(self._window.redundancy[: len(key)], -self._strength, out=key)
        key += self._score
        key += self._type_part
        key += self._author_part
        return int(key.argmax())

    def put(self, member: int) -> None:
        """Place a member, open or not."""
        kind, author = self._member_types[member], self._member_authors[member]
        self._type_counts[kind] += 1
        self._author_counts[author] += 1
        value = self._type_values[self._type_counts[kind]]
        np.multiply(self._half_share, value, out=self._type_part, where=self._of_type[kind])
        if member < len(self._key):
            self._score[member] = -np.inf
            self._open_by_author[author] -= 1
        if self._open_by_author[author]:
            value = self._author_values[self._author_counts[author]]
            np.multiply(
                self._half_share, value, out=self._author_part, where=self._authors == author
            )
        self._window.add(member)
