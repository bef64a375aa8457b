"""Which moments of a video are looked at, within what decoding may cost. Pure.

A moment costs what must be decoded to see it: all frames since the keyframe before it. The same
video always gives the same moments: the cost is counted in pixels and bytes, never in time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

_EVERY_S = 0.25
_WANTED, _CUTS = 72, 36
_FIRST = 16
_REGULAR = 0.9
_PIXELS_PER_BYTE = 20.0


@dataclass(frozen=True, slots=True)
class Group:
    """A keyframe and the frames until the next: when it starts, how many, how many bytes.

    `place` is what to seek to.
    """

    start_s: float
    frames: int
    size: int
    place: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A group that is decoded from its keyframe on, and when frames of it are looked at.

    The keyframe itself is looked at where `keyframe` is true.
    """

    place: int
    keyframe: bool
    times_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """What decoding may cost, in pixels: `enough` for all, `most` for the coarsest moments."""

    enough: float
    most: float


def cost(pixels: float, size: float) -> float:
    """What decoding so many pixels of so many bytes costs: a byte as much as 20 pixels."""
    return pixels + _PIXELS_PER_BYTE * size


def plan(groups: Sequence[Group], end_s: float, frame_pixels: int, budget: Budget) -> list[Visit]:
    """Visits in order of their times, spread over all of a video that ends at `end_s`.

    Wanted are moments a quarter of a second apart, or fewer in a long video, coarse ones first;
    besides the keyframes that an encoder put out of turn, as it does at cuts.
    """
    chosen = _Visits(groups, end_s, frame_pixels)
    count = max(1, min(_WANTED, round(end_s / _EVERY_S)))
    spacing = end_s / count
    wanted = [(i + 0.5) * spacing for i in _coarse_to_fine(count)]
    for i, time_s in enumerate(wanted):
        chosen.want(time_s, spacing / 2, budget.most if i < _FIRST else budget.enough)
        if i == _FIRST:
            for group in _thinned(_out_of_turn(groups), _CUTS):
                chosen.want(groups[group].start_s, 0.0, budget.enough)
    return chosen.visits()


class _Visits:
    """What was chosen so far, and its cost."""

    def __init__(self, groups: Sequence[Group], end_s: float, frame_pixels: int) -> None:
        self._groups = groups
        self._starts = [group.start_s for group in groups]
        self._ends = [*self._starts[1:], max(end_s, self._starts[-1])]
        self._pixels = frame_pixels
        self._spent = 0.0
        self._paid: dict[int, float] = {}
        self._keyframes: set[int] = set()
        self._times: dict[int, list[float]] = {}

    def want(self, time_s: float, tolerance_s: float, budget: float) -> None:
        """Chooses this moment, or a keyframe that is near enough, if the budget allows it."""
        group = max(bisect_right(self._starts, time_s) - 1, 0)
        near = min(
            (group, min(group + 1, len(self._groups) - 1)),
            key=lambda i: abs(self._starts[i] - time_s),
        )
        if abs(self._starts[near] - time_s) <= tolerance_s or time_s <= self._starts[group]:
            if self._pay(near, self._cost(near, self._starts[near]), budget):
                self._keyframes.add(near)
        elif self._pay(group, self._cost(group, time_s), budget):
            self._times.setdefault(group, []).append(time_s)

    def _pay(self, group: int, cost: float, budget: float) -> bool:
        more = max(0.0, cost - self._paid.get(group, 0.0))
        if self._spent and self._spent + more > budget:
            return False
        self._spent += more
        self._paid[group] = max(cost, self._paid.get(group, 0.0))
        return True

    def _cost(self, index: int, until_s: float) -> float:
        group = self._groups[index]
        length = self._ends[index] - group.start_s
        share = min(1.0, (until_s - group.start_s) / length) if length > 0 else 0.0
        frames = 1 + share * (group.frames - 1)
        size = group.size * frames / max(group.frames, 1)
        return cost(frames * self._pixels, size)

    def visits(self) -> list[Visit]:
        """In order of their times."""
        return [
            Visit(
                self._groups[i].place, i in self._keyframes, tuple(sorted(self._times.get(i, ())))
            )
            for i in sorted(self._keyframes | self._times.keys())
        ]


def _coarse_to_fine(count: int) -> Iterator[int]:
    """0 … count − 1, so that any number of first ones lies evenly over all: bits reversed."""
    bits = max(1, (count - 1).bit_length())
    for i in range(1 << bits):
        reversed_bits = int(f"{i:0{bits}b}"[::-1], 2)
        if reversed_bits < count:
            yield reversed_bits


def _out_of_turn(groups: Sequence[Group]) -> list[int]:
    """Groups that start sooner after the one before than is usual: at cuts, mostly."""
    gaps = [b.start_s - a.start_s for a, b in pairwise(groups)]
    if not gaps:
        return []
    # Most of the longer gaps are as long as the encoder lets any become.
    usual = median(sorted(gaps)[len(gaps) // 2 :])
    return [i + 1 for i, gap in enumerate(gaps) if gap < _REGULAR * usual]


def _thinned(indices: Sequence[int], at_most: int) -> list[int]:
    if len(indices) <= at_most:
        return list(indices)
    return [indices[i * len(indices) // at_most] for i in range(at_most)]
