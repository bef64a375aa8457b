"""What a post repeats of the posts right before it: measures over a sliding window.

Both keep a column over all posts up to date as posts are placed one by one.
"""

from collections import deque
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Column = NDArray[np.float64]

_NEW_DIRECTION = 0.05
"""A post of whose energy less than this is new to the window adds no direction to it."""


class Window(Protocol):
    """The last posts that were placed, and how redundant every post is to them."""

    redundancy: Column
    """[m] in [0, 1], changed in place; 0 while nothing has been placed."""

    def add(self, row: int) -> None:
        """Place a post; the oldest leaves a full window."""


class Unwatched:
    """No redundancy at all."""

    def __init__(self, count: int) -> None:
        self.redundancy: Column = np.zeros(count)

    def add(self, row: int) -> None:
        """Nothing changes."""


class LargestInWindow:
    """The largest similarity to a post of the window: maximal marginal relevance.

    Carbonell & Goldstein, "The use of MMR, diversity-based reranking for reordering documents
    and producing summaries", SIGIR 1998, over the last `size` posts only.

    A sliding maximum in two stacks: the posts since the last turn as one running maximum, those
    of the block before it as maxima of its ends, the oldest of which drops out at each step.
    """

    def __init__(self, similarity: Matrix, size: int) -> None:
        count = len(similarity)
        self.redundancy: Column = np.zeros(count)
        # Rows as a list: indexing a matrix takes longer than a maximum over a row.
        self._similarity = list(similarity)
        self._block: list[Column] = []
        self._size = size
        self._running = np.zeros(count)
        self._ends = [np.zeros(count)] * size

    def add(self, row: int) -> None:
        """Place a post; the oldest leaves a full window."""
        alike = self._similarity[row]
        self._block.append(alike)
        np.maximum(self._running, alike, self._running)
        filled = len(self._block)
        if filled < self._size:
            np.maximum(self._running, self._ends[filled], self.redundancy)
            return
        self.redundancy[:] = self._running
        for oldest in range(self._size - 1, 0, -1):
            self._ends[oldest] = alike
            alike = np.maximum(alike, self._block[oldest - 1])
        self._block.clear()
        self._running.fill(0.0)


class SumOfWindow:
    """How much of the window is like a post, or how nearly it repeats one of it, if that is more.

    The similarities to the posts of the window, added up, ÷ its size: max-sum diversification,
    Gollapudi & Sharma, "An axiomatic approach for result diversification", WWW 2009, over the
    last `size` posts only. It is little while the window fills: the first posts stand by their
    score, and the more of one kind have been placed, the less welcome is another. What is the
    same thing once more must not wait for that: the largest `sameness` counts too.
    """

    def __init__(self, similarity: Matrix, sameness: Matrix, size: int) -> None:
        count = len(similarity)
        self.redundancy: Column = np.zeros(count)
        # As shares of the window, so that adding up is all there is to do.
        self._shares = list(similarity / size)
        self._sum = np.zeros(count)
        self._last: deque[Column] = deque()
        self._size = size
        self._nearest = LargestInWindow(sameness, size)

    def add(self, row: int) -> None:
        """Place a post; the oldest leaves a full window."""
        alike = self._shares[row]
        self._sum += alike
        self._last.append(alike)
        if len(self._last) > self._size:
            self._sum -= self._last.popleft()
        self._nearest.add(row)
        np.maximum(self._sum, self._nearest.redundancy, out=self.redundancy)


class SpanOfWindow:
    """What of a post's vector lies in the span of the window: sliding spectrum decomposition.

    Huang et al., "Sliding Spectrum Decomposition for Diversified Recommendation", KDD 2021: each
    post that is placed adds the direction in which it differs from the window (Gram–Schmidt, here
    on inner products instead of vectors), and takes it along when it leaves.
    """

    def __init__(self, kernel: Matrix, size: int) -> None:
        count = len(kernel)
        self.redundancy: Column = np.zeros(count)
        self._kernel = kernel
        self._along = np.zeros((size, count))
        self._oldest = 0

    def add(self, row: int) -> None:
        """Place a post; the oldest leaves a full window."""
        along = self._along
        along[self._oldest] = 0.0
        rest = self._kernel[row] - along[:, row] @ along
        if rest[row] >= _NEW_DIRECTION:
            np.divide(rest, np.sqrt(rest[row]), out=along[self._oldest])
        self._oldest = (self._oldest + 1) % len(along)
        np.einsum("wm,wm->m", along, along, out=self.redundancy)
        np.minimum(self.redundancy, 1.0, out=self.redundancy)
