"""Which answers of the models are kept, for how long, and under which keys."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from orchestrator.caching.cache import Cache
from orchestrator.caching.counts import Counts
from orchestrator.caching.parameters import CacheParameters
from orchestrator.content.picture import Picture
from orchestrator.extraction.cache import Kind, Memo
from orchestrator.extraction.codecs import (
    hash_bytes,
    hash_from,
    lines_bytes,
    lines_from,
    vector_bytes,
    vector_from,
)
from orchestrator.inference.models import Fingerprint, TextLine, Vector

_HASH = "dct"
"""Of the algorithm; it sees pictures as every CLIP does, so that no model's weights matter."""


class Memos:
    """What was said of pictures by their content hash, and of texts by their own hash."""

    def __init__(self, cache: Cache, parameters: CacheParameters) -> None:
        self.backend = cache.backend
        self._ocr_models = parameters.ocr_models

        def vectors(kind: str) -> Memo[Vector]:
            return Memo(cache, Kind(kind, parameters.ttl_s, vector_bytes, vector_from))

        self._visuals, self._captions, self._texts = map(vectors, ("visual", "caption", "text"))
        self._lines: Memo[tuple[TextLine, ...]] = Memo(
            cache, Kind("ocr", parameters.ocr_ttl_s, lines_bytes, lines_from)
        )
        self._hashes: Memo[str | None] = Memo(
            cache, Kind("perceptual_hash", parameters.ttl_s, hash_bytes, hash_from)
        )

    async def visual(
        self, picture: Picture, by: Fingerprint, ask: Callable[[], Awaitable[Vector]]
    ) -> Vector:
        """A picture's vector, read-only."""
        return await self._visuals.get(by.id, picture.content_hash, ask)

    async def visuals(
        self,
        pictures: Sequence[Picture],
        by: Fingerprint,
        ask: Callable[[Sequence[Picture]], Awaitable[Sequence[Vector]]],
    ) -> list[Vector]:
        """Pictures' vectors, read-only; `ask` is given those that are not known."""
        return await self._visuals.get_many(
            by.id,
            [picture.content_hash for picture in pictures],
            lambda missing: ask([pictures[position] for position in missing]),
        )

    async def caption(
        self, caption: str, by: Fingerprint, ask: Callable[[], Awaitable[Vector]]
    ) -> Vector:
        """A caption's vector, read-only."""
        return await self._captions.get(by.id, _digest(caption), ask)

    async def text(
        self, text: str, by: Fingerprint, ask: Callable[[], Awaitable[Vector]]
    ) -> Vector:
        """A text's vector, read-only."""
        return await self._texts.get(by.id, _digest(text), ask)

    async def lines(
        self, picture: Picture, ask: Callable[[], Awaitable[tuple[TextLine, ...]]]
    ) -> tuple[TextLine, ...]:
        """All lines that OCR read in a picture, whatever their confidence."""
        return await self._lines.get(self._ocr_models, picture.content_hash, ask)

    async def perceptual_hash(
        self, picture: Picture, ask: Callable[[], Awaitable[str | None]]
    ) -> str | None:
        """A picture's perceptual hash."""
        return await self._hashes.get(_HASH, picture.content_hash, ask)

    @property
    def counts(self) -> dict[str, Counts]:
        """How often what was asked for was known before, by kind."""
        memos: dict[str, Memo[Any]] = {
            "visual": self._visuals,
            "ocr": self._lines,
            "perceptual_hash": self._hashes,
            "caption": self._captions,
            "text": self._texts,
        }
        return {name: memo.counts for name, memo in memos.items()}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
