"""Decoding where several requests want the same, and the machine has few places for it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from cachetools import LRUCache

from orchestrator.content.picture import Picture
from orchestrator.content.video import Sampled, Video
from orchestrator.deadline import Deadline
from orchestrator.errors import Unavailable
from orchestrator.frames.decoder import Decoder
from orchestrator.frames.parameters import VideoParameters
from orchestrator.places import Places

_USUAL_BYTES = 4_000_000
"""Frames of a video have seldom more; those of noise have several times as much."""


class Sampling:
    """`Decoder` that decodes a video once for all who want it, and few videos at a time.

    Pictures have as many places of their own: they never wait for a video.
    """

    def __init__(self, decoder: Decoder, parameters: VideoParameters) -> None:
        self._decoder = decoder
        self._kept: LRUCache[str, Sampled] = LRUCache(
            parameters.kept, getsizeof=lambda sampled: min(_weight(sampled), parameters.kept)
        )
        self._running: dict[str, _Run] = {}
        self._videos = Places(parameters.at_once, _busy)
        self._pictures = Places(parameters.at_once, _busy)

    async def sample(self, video: Video, deadline: Deadline) -> Sampled:
        """See `Decoder`."""
        key = f"{video.container} {video.content_hash}"
        while (kept := self._kept.get(key)) is None:
            run = self._running.get(key)
            is_mine = run is None
            if run is None:
                run = self._running[key] = _Run(self._run(key, video, deadline))
            try:
                return await run.result(deadline)
            except Unavailable:
                # Another's had the time of the request that started it, which may have been less.
                if is_mine or deadline.remaining_s == 0:
                    raise
            finally:
                if run.is_left:
                    self._forget(key, run)
                # See `ProcessDecoder`: an error would hold the upload, and its place on the disk.
                del run
        return kept

    async def thumbnail(self, picture: Picture, deadline: Deadline) -> bytes:
        """See `Decoder`."""
        async with self._pictures.one(deadline):
            return await self._decoder.thumbnail(picture, deadline)

    async def _run(self, key: str, video: Video, deadline: Deadline) -> Sampled:
        run = self._running[key]
        try:
            async with self._videos.one(deadline):
                sampled = await self._decoder.sample(video, deadline)
        finally:
            self._forget(key, run)
            del run
        if self._kept.maxsize:
            self._kept[key] = sampled
        return sampled

    def _forget(self, key: str, run: "_Run") -> None:
        if self._running.get(key) is run:
            del self._running[key]


def _weight(sampled: Sampled) -> int:
    """Instead of how many usual videos it is kept."""
    size = len(sampled.thumbnail) + sum(len(frame.picture.data) for frame in sampled.frames)
    return max(1, -(-size // _USUAL_BYTES))


class _Run:
    """One decoding, which goes on as long as anybody waits for it."""

    def __init__(self, work: Coroutine[Any, Any, Sampled]) -> None:
        self._task = asyncio.ensure_future(work)
        self._task.add_done_callback(_heard)
        self._waiting = 0

    @property
    def is_left(self) -> bool:
        """Whether nobody waits any more."""
        return self._waiting == 0

    async def result(self, deadline: Deadline) -> Sampled:
        """What it yields; Unavailable once the deadline has passed."""
        self._waiting += 1
        try:
            done, _ = await asyncio.wait([self._task], timeout=deadline.remaining_s)
        finally:
            self._waiting -= 1
            if self.is_left:
                self._task.cancel()
        if not done:
            raise Unavailable("the video was not decoded within the request's time")
        try:
            return done.pop().result()
        finally:
            del self


def _heard(task: "asyncio.Future[Sampled]") -> None:
    """Not to be complained of where nobody waits any more."""
    if not task.cancelled():
        task.exception()


def _busy() -> Unavailable:
    return Unavailable("other uploads are being decoded; try again shortly")
