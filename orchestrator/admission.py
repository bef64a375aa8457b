"""How much extraction work is taken on at once; what is beyond is refused, not queued."""

from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator.content.video import Medium, Video
from orchestrator.errors import Unavailable


class Admission:
    """Places for `limit` requests, taken before an upload is read into memory.

    At most half of them are about videos: those wait for the decoder, as long as some take it, and
    pictures shall not be refused meanwhile.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._videos_limit = max(1, limit // 2)
        self._videos = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place; raises Unavailable where none is left."""
        if self._taken >= self._limit:
            raise Unavailable(f"{self._taken} extractions are running; try again shortly")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    @contextmanager
    def turn(self, medium: Medium | None) -> Iterator[None]:
        """For a request that holds a place, once it is known what it is about."""
        if not isinstance(medium, Video):
            yield
            return
        if self._videos >= self._videos_limit:
            raise Unavailable(f"{self._videos} videos are in work; try again shortly")
        self._videos += 1
        try:
            yield
        finally:
            self._videos -= 1
