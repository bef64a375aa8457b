"""The legacy collection as feeds ask it that can do without: a while, and not again at once."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from orchestrator.errors import LeftAlone, StoreUnavailable
from orchestrator.store.protocol import LegacyReads
from orchestrator.store.records import LegacyPost, Neighbour, Vector

_LOG = logging.getLogger(__name__)
T = TypeVar("T")

_AT_ONCE = 500
"""Posts of one question, so that one who liked much is not one whom nothing answers."""


class BoundedReads:
    """`LegacyReads` that fails after `timeout_s`, and then at once until `pause_s` are over."""

    def __init__(
        self,
        legacy: LegacyReads,
        *,
        timeout_s: float,
        pause_s: float,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._legacy = legacy
        self._timeout_s = timeout_s
        self._pause_s = pause_s
        self._timer = timer
        self._paused_until_s = float("-inf")

    async def get(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, LegacyPost]:
        """See `LegacyReads`."""
        found: dict[str, LegacyPost] = {}
        for first in range(0, len(media_ids), _AT_ONCE):
            part = media_ids[first : first + _AT_ONCE]
            found |= await self._asked(self._getter(part, with_vectors=with_vectors))
        return found

    async def nearest(self, vector: Vector, *, limit: int) -> list[Neighbour]:
        """See `LegacyReads`."""
        return await self._asked(lambda: self._legacy.nearest(vector, limit=limit))

    async def newest(self, *, limit: int) -> list[str]:
        """See `LegacyReads`."""
        return await self._asked(lambda: self._legacy.newest(limit=limit))

    def _getter(
        self, media_ids: Sequence[str], *, with_vectors: bool
    ) -> Callable[[], Awaitable[dict[str, LegacyPost]]]:
        return lambda: self._legacy.get(media_ids, with_vectors=with_vectors)

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T:
        if self._timer() < self._paused_until_s:
            raise LeftAlone("it did not answer a moment ago")
        try:
            return await asyncio.wait_for(ask(), self._timeout_s)
        except asyncio.TimeoutError as exc:
            raise self._paused(f"it did not answer within {self._timeout_s:g} s") from exc
        except StoreUnavailable as exc:
            raise self._paused(exc.detail) from exc

    def _paused(self, reason: str) -> LeftAlone:
        # Of those that waited at the same time the first says it.
        if self._timer() >= self._paused_until_s:
            _LOG.warning(
                "feeds go on without the legacy collection for %g s: %s", self._pause_s, reason
            )
        self._paused_until_s = self._timer() + self._pause_s
        return LeftAlone(reason)
