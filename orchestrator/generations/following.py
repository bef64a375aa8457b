"""Uploads into the generations that do not serve: soon after, and never in an upload's way."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from orchestrator.background import Background
from orchestrator.content.video import Medium
from orchestrator.errors import FeedlensError, Unavailable
from orchestrator.generations.filling import Filler
from orchestrator.media.errors import MediaError

_LOG = logging.getLogger(__name__)
_MAX_WAITING = 32
"""Posts that wait for their vectors, at most: each may hold a picture as large as is accepted, or
the open file of a video."""
_ATTEMPTS = 3


class Followers:
    """Fills what was just written. What it must let go, the next backfill finds.

    `filled` and `missed` count posts since the start.
    """

    def __init__(self, fillers: Callable[[], Sequence[Filler]]) -> None:
        """`fillers` answers those of the generations that do not serve now."""
        self._fillers = fillers
        self._background = Background()
        self._waiting = 0
        self.filled = 0
        self.missed = 0

    def note(self, media_id: str, medium: Medium | None = None) -> None:
        """A post was written, with this medium if it was uploaded just now."""
        for filler in self._fillers():
            if self._waiting >= _MAX_WAITING:
                self.missed += 1
                continue
            self._waiting += 1
            self._background.start(self._fill(filler, media_id, medium))

    async def settle(self) -> None:
        """Wait for what was noted so far."""
        await self._background.settle()

    async def close(self) -> None:
        """End what is under way."""
        await self._background.close()

    async def _fill(self, filler: Filler, media_id: str, medium: Medium | None) -> None:
        try:
            filled = await self._insist(filler, media_id, medium)
            self.filled += filled
        except (FeedlensError, MediaError) as exc:
            self.missed += 1
            _LOG.warning("%s has no vectors of the next models: %s", media_id, exc.detail)
        except Exception:  # noqa: BLE001 - the posts that follow have to be filled
            self.missed += 1
            _LOG.exception("%s has no vectors of the next models, by a defect", media_id)
        finally:
            self._waiting -= 1

    @staticmethod
    async def _insist(filler: Filler, media_id: str, medium: Medium | None) -> bool:
        for attempt in range(1, _ATTEMPTS):
            try:
                return await filler.fill(media_id, medium)
            except Unavailable as exc:
                await asyncio.sleep(attempt * exc.retry_after_s)
        return await filler.fill(media_id, medium)
