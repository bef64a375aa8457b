"""Which of the frames that were looked at are kept, and which one stands for all. Pure NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from decoding.scenes import ALIKE, OTHER_SCENE, Look, difference

P = TypeVar("P")

_SHARPER = 1.1
_LATE = 0.1


@dataclass(frozen=True, slots=True)
class Seen(Generic[P]):
    """A frame that was looked at: its time in seconds, its looks, and itself."""

    time_s: float
    look: Look
    picture: P


@dataclass(frozen=True, slots=True)
class Chosen(Generic[P]):
    """Frames in order of their times, and the index of the one that stands for all."""

    frames: tuple[Seen[P], ...]
    representative: int


class Gallery(Generic[P]):
    """Holds few frames while many pass by in order of their times.

    Blank frames and those like one that it holds are let go; of two alike it holds the sharper.
    Of more than `room` others, it lets go of one of the two that are most alike. All that is left
    of those is how long they are shown.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: list[Seen[P]] = []
        self._blank: Seen[P] | None = None
        self._shown: list[tuple[float, Look]] = []

    def offer(self, time_s: float, look: Look, take: Callable[[], P]) -> None:
        """Looks at the next frame; takes it if it is worth it."""
        self._shown.append((time_s, look))
        if look.is_blank:
            self._blank = self._blank or Seen(time_s, look, take())
            return
        differences = [difference(held.look, look) for held in self._held]
        if differences and min(differences) <= ALIKE:
            nearest = int(np.argmin(differences))
            if look.sharpness > _SHARPER * self._held[nearest].look.sharpness:
                self._held[nearest] = Seen(time_s, look, take())
            return
        self._held.append(Seen(time_s, look, take()))
        if len(self._held) > self._room:
            self._let_go()

    def _let_go(self) -> None:
        _, first, second = min(
            (difference(self._held[i].look, self._held[j].look), i, j)
            for i in range(len(self._held))
            for j in range(i + 1, len(self._held))
        )
        blurred = min(first, second, key=lambda i: self._held[i].look.sharpness)
        del self._held[blurred]

    def choose(self, at_most: int, duration_s: float) -> Chosen[P] | None:
        """The frames that differ most of what it holds; a blank one where all were; None of none.

        They are chosen one by one: first the one that most screen time is like, then always the
        one that is least like those before. None is like another.
        """
        if not self._held:
            return Chosen((self._blank,), 0) if self._blank else None
        held = sorted(self._held, key=lambda seen: seen.time_s)
        apart = np.array([[difference(a.look, b.look) for b in held] for a in held])
        first = self._representative(held, duration_s)
        picked = [first]
        while len(picked) < at_most:
            novelty = apart[picked].min(axis=0)
            nearest_s = np.array(
                [min(abs(a.time_s - held[i].time_s) for i in picked) for a in held]
            )
            score = np.where(
                novelty > ALIKE, novelty + _LATE * nearest_s / max(duration_s, 1e-9), 0
            )
            best = int(np.argmax(score))
            if score[best] <= 0:
                break
            picked.append(best)
        order = sorted(picked)
        return Chosen(tuple(held[i] for i in order), order.index(first))

    def _representative(self, held: Sequence[Seen[P]], duration_s: float) -> int:
        """Of the scene that is longest on screen, a frame in its middle looks, and sharp."""
        times = [time_s for time_s, _ in self._shown]
        edges = [0.0, *((a + b) / 2 for a, b in zip(times, times[1:], strict=False)), duration_s]
        sharpest = max(seen.look.sharpness for seen in held)
        scores = []
        for seen in held:
            screen_s = sum(
                max(end - start, 0.0) * max(0.0, 1 - difference(seen.look, shown) / OTHER_SCENE)
                for (_, shown), start, end in zip(self._shown, edges, edges[1:], strict=False)
                if not shown.is_blank
            )
            clear = seen.look.sharpness / sharpest if sharpest > 0 else 1.0
            scores.append((screen_s + 1e-9) * (0.9 + 0.1 * clear))
        return int(np.argmax(scores))
