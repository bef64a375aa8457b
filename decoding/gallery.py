"""Which of the frames that were looked at are kept, and which one stands for all. Pure NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from decoding.scenes import ALIKE, OTHER_SCENE, Look, difference, is_blend

P = TypeVar("P")

_SHARPER = 1.1
_FAR_IN_TIME = 0.1
_CLEAR = 0.1


@dataclass(frozen=True, slots=True)
class Seen(Generic[P]):
    """A frame that was looked at: its time in seconds, its looks, and how to get its picture."""

    time_s: float
    look: Look
    take: Callable[[], P]


@dataclass(frozen=True, slots=True)
class Chosen(Generic[P]):
    """Times and pictures of frames in order, and the index of the one that stands for all."""

    times_s: tuple[float, ...]
    pictures: tuple[P, ...]
    representative: int


@dataclass(slots=True)
class _Held(Generic[P]):
    time_s: float
    look: Look
    picture: P
    screen_s: float = 0.0


class Gallery(Generic[P]):
    """Holds few frames while many pass by in order of their times.

    Let go are blank frames, those of a dissolve or a fade, and those like one that it holds; of
    two alike it holds the sharper. Of more than `room` others it lets go of one of the two that
    are most alike. It counts how long what it holds is seen.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: list[_Held[P]] = []
        # How much each two that it holds differ, [n, n].
        self._apart: NDArray[np.float64] = np.zeros((0, 0))
        self._blank: _Held[P] | None = None
        self._before: Look | None = None
        self._waiting: Seen[P] | None = None
        self._last: tuple[float, _Held[P] | None] = (0.0, None)

    def offer(self, seen: Seen[P]) -> None:
        """Looks at the next frame; the one before is taken now if it is worth it."""
        if self._waiting is not None:
            waiting = self._waiting
            if self._before is None or not is_blend(self._before, waiting.look, seen.look):
                self._judge(waiting)
            self._before = waiting.look
        self._waiting = seen

    def _judge(self, seen: Seen[P]) -> None:
        owner = self._owner(seen)
        last_s, last_owner = self._last
        for half_owner in (last_owner, owner):
            if half_owner is not None:
                half_owner.screen_s += (seen.time_s - last_s) / 2
        self._last = (seen.time_s, owner)
        if len(self._held) > self._room:
            self._let_go()

    def _owner(self, seen: Seen[P]) -> _Held[P] | None:
        """What it holds that shows this, itself if it is new; None of a blank one."""
        if seen.look.is_blank:
            self._blank = self._blank or _Held(seen.time_s, seen.look, seen.take())
            return None
        near = self._differences(seen.look)
        if near.size and near.min() <= ALIKE:
            index = int(near.argmin())
            held = self._held[index]
            if seen.look.sharpness > _SHARPER * held.look.sharpness:
                held.time_s, held.look, held.picture = seen.time_s, seen.look, seen.take()
                self._apart[index] = self._apart[:, index] = near
                self._apart[index, index] = 0
            return held
        self._held.append(_Held(seen.time_s, seen.look, seen.take()))
        self._apart = np.pad(self._apart, ((0, 1), (0, 1)))
        self._apart[-1, :-1] = self._apart[:-1, -1] = near
        return self._held[-1]

    def _differences(self, look: Look) -> NDArray[np.float64]:
        return np.array([difference(held.look, look) for held in self._held])

    def _let_go(self) -> None:
        apart = self._apart + np.diag(np.full(len(self._held), np.inf))
        pair = (int(i) for i in np.unravel_index(int(apart.argmin()), apart.shape))
        stays, goes = sorted(pair, key=lambda i: -self._held[i].look.sharpness)
        self._held[stays].screen_s += self._held[goes].screen_s
        owner = self._last[1]
        if owner is self._held[goes]:
            self._last = (self._last[0], self._held[stays])
        del self._held[goes]
        self._apart = np.delete(np.delete(self._apart, goes, 0), goes, 1)

    def choose(self, at_most: int, duration_s: float) -> Chosen[P] | None:
        """The frames that differ most of what it holds; a blank one where all were; None of none.

        They are chosen one by one: first the one that most screen time is like, then always the
        one that is least like those before. No two are alike.
        """
        if self._waiting is not None:
            self._judge(self._waiting)
            self._waiting = None
        if not self._held:
            blank = self._blank
            return Chosen((blank.time_s,), (blank.picture,), 0) if blank else None
        last_s, last_owner = self._last
        if last_owner is not None:
            last_owner.screen_s += max(0.0, duration_s - last_s)
        first = self._representative()
        picked = self._picked(first, at_most, duration_s)
        order = sorted(picked, key=lambda i: self._held[i].time_s)
        return Chosen(
            tuple(self._held[i].time_s for i in order),
            tuple(self._held[i].picture for i in order),
            order.index(first),
        )

    def _picked(self, first: int, at_most: int, duration_s: float) -> list[int]:
        times = np.array([held.time_s for held in self._held])
        picked = [first]
        while len(picked) < at_most:
            novelty = self._apart[picked].min(axis=0)
            away_s = np.abs(times - times[picked, None]).min(axis=0)
            share = away_s / duration_s if duration_s > 0 else 0.0
            score = np.where(novelty > ALIKE, novelty + _FAR_IN_TIME * share, 0)
            best = int(score.argmax())
            if score[best] <= 0:
                break
            picked.append(best)
        return picked

    def _representative(self) -> int:
        """Of the scene that is longest on screen, one that most of it is like, and sharp."""
        screen_s = np.array([held.screen_s for held in self._held])
        sharpness = np.array([held.look.sharpness for held in self._held])
        like = np.clip(1 - self._apart / OTHER_SCENE, 0, 1) @ screen_s
        clear = sharpness / max(sharpness.max(), 1e-9)
        return int(((like + 1e-9) * (1 - _CLEAR + _CLEAR * clear)).argmax())
