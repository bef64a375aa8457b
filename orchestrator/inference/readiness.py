"""Readiness: a canary inference of every model that requests need.

Triton's own readiness goes on answering 200 after a model's process has died; only an inference
tells.
"""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from types import MappingProxyType

from PIL import Image

from orchestrator.deadline import Deadline
from orchestrator.errors import FeedlensError
from orchestrator.inference.models import Fingerprints, Models

_WORD = "canary"


def _white_png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 32), "white").save(file, "PNG")
    return file.getvalue()


_PICTURE = _white_png()

_CANARIES: MappingProxyType[str, Callable[[Models, Deadline], Awaitable[object]]] = (
    MappingProxyType(
        {
            "image_embedding": lambda models, deadline: models.embed_image(_PICTURE, deadline),
            "clip_text_embedding": lambda models, deadline: models.embed_caption(_WORD, deadline),
            "text_embedding": lambda models, deadline: models.embed_text(_WORD, deadline),
            "ocr": lambda models, deadline: models.read_text(_PICTURE, deadline),
            "model_card": lambda models, deadline: models.fingerprints(deadline),
        }
    )
)


class Readiness:
    """Asks every model at most once an interval, however often it is asked itself."""

    def __init__(
        self, models: Models, expected: Fingerprints, *, interval_s: float, timeout_s: float
    ) -> None:
        """`expected` are the fingerprints that the store's vectors come from."""
        self._models = models
        self._expected = expected
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._asking = asyncio.Lock()
        self._answered_at_s = float("-inf")
        self._failures: dict[str, str] = {}

    async def failures(self) -> dict[str, str]:
        """Models that do not answer, with the reason; empty when all do."""
        async with self._asking:
            if time.monotonic() - self._answered_at_s >= self._interval_s:
                self._failures = await self._ask()
                self._answered_at_s = time.monotonic()
            return self._failures

    @property
    def models(self) -> tuple[str, ...]:
        """The models that are asked."""
        return tuple(_CANARIES)

    async def _ask(self) -> dict[str, str]:
        deadline = Deadline.after(self._timeout_s)

        async def failure(model: str) -> str | None:
            try:
                answer = await _CANARIES[model](self._models, deadline)
            except FeedlensError as exc:
                return exc.detail
            if isinstance(answer, Fingerprints) and answer != self._expected:
                return f"serves other weights than the store's vectors come from: {answer}"
            return None

        answers = await asyncio.gather(*map(failure, _CANARIES))
        return {
            model: answer
            for model, answer in zip(_CANARIES, answers, strict=True)
            if answer is not None
        }
