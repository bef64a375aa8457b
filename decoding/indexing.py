"""A file's index of its packets → its groups of frames. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from decoding.planning import Group

_MOST_GROUPS = 10_000


class Entry(Protocol):
    """A packet as an index names it: when it is decoded, in ticks, and how many bytes it has."""

    @property
    def timestamp(self) -> int: ...

    @property
    def size(self) -> int: ...

    @property
    def is_keyframe(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """How a track counts: in ticks of `tick_s` from `start` on, `rate` frames a second."""

    tick_s: float
    start: int
    rate: float

    def place(self, since_first: int) -> int:
        """What to seek to for what is decoded so long after the first frame: half a frame later."""
        return self.start + since_first + round(0.5 / self.rate / self.tick_s)


@dataclass(slots=True)
class _Found:
    """A keyframe in ticks, and what follows until the next."""

    start: int
    frames: int = 0
    size: int = 0


def groups_of(
    entries: Iterable[Entry], clock: Clock, *, length_s: float, file_bytes: int
) -> list[Group]:
    """At least one group, their times from the first; those of a moment are taken together.

    Where the index has keyframes alone, all else is taken to be even.
    """
    found: list[_Found] = []
    count = keyframes = 0
    least = length_s / _MOST_GROUPS / clock.tick_s
    for entry in entries:
        count += 1
        keyframes += entry.is_keyframe
        if not found or (entry.is_keyframe and entry.timestamp - found[-1].start >= least):
            found.append(_Found(entry.timestamp))
        found[-1].frames += 1
        found[-1].size += entry.size
    found = found or [_Found(0)]
    if count == keyframes:
        _share_evenly(found, clock, length_s, file_bytes)
    first = found[0].start
    return [
        Group(
            start_s=(each.start - first) * clock.tick_s,
            frames=max(1, each.frames),
            size=each.size,
            place=clock.place(each.start - first),
        )
        for each in found
    ]


def _share_evenly(groups: list[_Found], clock: Clock, length_s: float, file_bytes: int) -> None:
    """Gives each group frames by the frame rate, and its share of the file."""
    starts = [group.start for group in groups]
    ends = [*starts[1:], max(starts[-1], starts[0] + round(length_s / clock.tick_s))]
    whole = max(ends[-1] - starts[0], 1)
    for group, end in zip(groups, ends, strict=True):
        took = end - group.start
        group.frames = round(took * clock.tick_s * clock.rate)
        group.size = file_bytes * took // whole
