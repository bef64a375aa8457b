"""Whose turn it is with OCR: it has few instances, and pictures must not wait for videos."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable

AT_ONCE = 2
"""Frames at most: as many as OCR has instances on two cores."""


class OcrTurns:
    """Pictures are read at once; frames one at a time, or AT_ONCE while no picture is read."""

    def __init__(self) -> None:
        self._pictures = 0
        self._frames = 0
        self._changed = asyncio.Event()

    @contextmanager
    def picture(self) -> Iterator[None]:
        """While a picture is read."""
        self._pictures += 1
        try:
            yield
        finally:
            self._pictures -= 1
            self._changed.set()

    @asynccontextmanager
    async def frame(self, deadline: Deadline) -> AsyncIterator[None]:
        """While a frame is read; InferenceUnavailable where its turn does not come in time."""
        while self._frames >= (1 if self._pictures else AT_ONCE):
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), deadline.remaining_s)
            except asyncio.TimeoutError as exc:
                raise InferenceUnavailable("ocr reads other videos", model="ocr") from exc
        self._frames += 1
        try:
            yield
        finally:
            self._frames -= 1
            self._changed.set()
