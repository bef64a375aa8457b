"""The extraction of one post: independent model calls at once, dependent ones after them."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from orchestrator.content.picture import Picture
from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable
from orchestrator.extraction.alignment import alignment_score
from orchestrator.extraction.content_type import ContentType, Evidence, content_type, text_coverage
from orchestrator.extraction.memos import Memos
from orchestrator.extraction.perceptual_hash import perceptual_hash
from orchestrator.extraction.together import together
from orchestrator.extraction.words import text_of, words_of
from orchestrator.inference.models import Fingerprint, Fingerprints, Models, TextLine, Vector

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the models made of a post; `degraded` names what could not be had.

    `visual` [d_visual] and `text` [d_text] are unit vectors. `text` is of the caption and the OCR
    text together, None where both are empty. `alignment` is None without caption or picture.
    """

    fingerprints: Fingerprints
    content_type: ContentType
    visual: Vector | None
    text: Vector | None
    lines: tuple[TextLine, ...]
    alignment: float | None
    degraded: tuple[str, ...]

    @property
    def ocr_text(self) -> str:
        """The lines that OCR read, in reading order."""
        return text_of(self.lines)


class Extractor:
    """Chains the models."""

    def __init__(self, models: Models, memos: Memos, *, min_ocr_confidence: float) -> None:
        self._models = models
        self.memos = memos
        self._min_ocr_confidence = min_ocr_confidence

    async def extract(
        self, picture: Picture | None, caption: str | None, deadline: Deadline
    ) -> Analysis:
        """Analyse a picture, a caption, or both.

        Raises UndecodableMedia where a model can't read the picture, InferenceUnavailable where
        neither vector could be had.
        """
        fingerprints = await self._models.fingerprints(deadline)
        return await self._extract(picture, caption, fingerprints, deadline)

    async def read_text(self, picture: Picture, deadline: Deadline) -> tuple[TextLine, ...]:
        """The lines of a picture above the confidence threshold, in reading order."""
        lines = await self.memos.lines(
            picture, lambda: self._models.read_text(picture.data, deadline)
        )
        return tuple(line for line in lines if line.confidence >= self._min_ocr_confidence)

    async def perceptual_hash(self, picture: Picture, deadline: Deadline) -> str | None:
        """What a copy of the picture has nearly the same of; None where it shows too little.

        Raises what `Models.preprocess` raises.
        """

        async def ask() -> str | None:
            return perceptual_hash(await self._models.preprocess(picture.data, deadline))

        return await self.memos.perceptual_hash(picture, ask)

    async def embed_text(self, text: str, deadline: Deadline) -> tuple[Vector, Fingerprint]:
        """The text encoder's vector of a text that is not blank, and which weights made it."""
        fingerprint = (await self._models.fingerprints(deadline)).text
        return await self._remembered_text(text, fingerprint, deadline), fingerprint

    async def embed_image(self, picture: Picture, deadline: Deadline) -> tuple[Vector, Fingerprint]:
        """CLIP's vector of a picture, and which weights made it."""
        fingerprints = await self._models.fingerprints(deadline)
        return await self._visual(picture, fingerprints, deadline), fingerprints.visual

    async def embed_caption(self, caption: str, deadline: Deadline) -> tuple[Vector, Fingerprint]:
        """CLIP's vector of a caption that is not blank, and which weights made it."""
        fingerprint = (await self._models.fingerprints(deadline)).caption
        return await self._remembered_caption(caption, fingerprint, deadline), fingerprint

    async def _extract(
        self,
        picture: Picture | None,
        caption: str | None,
        fingerprints: Fingerprints,
        deadline: Deadline,
    ) -> Analysis:
        attempts = _Attempts()
        visual = caption_vector = lines = None
        if picture:
            visual, lines, caption_vector = await together(
                attempts.run("visual", self._visual(picture, fingerprints, deadline)),
                attempts.run("ocr", self.read_text(picture, deadline)),
                attempts.run("alignment", self._caption(caption, fingerprints, deadline)),
            )
        words = words_of(caption, text_of(lines or ()))
        text = await attempts.run("text", self._text(words, fingerprints, deadline))
        if visual is None and text is None and attempts.failures:
            raise next(iter(attempts.failures.values()))
        alignment = None
        if visual is not None and caption_vector is not None:
            alignment = alignment_score(visual, caption_vector)
        return Analysis(
            fingerprints=fingerprints,
            content_type=_judge(picture, lines or (), alignment),
            visual=visual,
            text=text,
            lines=lines or (),
            alignment=alignment,
            degraded=tuple(attempts.failures),
        )

    async def _visual(
        self, picture: Picture, fingerprints: Fingerprints, deadline: Deadline
    ) -> Vector:
        return await self.memos.visual(
            picture,
            fingerprints.visual,
            lambda: self._models.embed_image(picture.data, deadline),
        )

    async def _caption(
        self, caption: str | None, fingerprints: Fingerprints, deadline: Deadline
    ) -> Vector | None:
        if not caption:
            return None
        return await self._remembered_caption(caption, fingerprints.caption, deadline)

    async def _remembered_caption(
        self, caption: str, fingerprint: Fingerprint, deadline: Deadline
    ) -> Vector:
        return await self.memos.caption(
            caption, fingerprint, lambda: self._models.embed_caption(caption, deadline)
        )

    async def _text(
        self, text: str, fingerprints: Fingerprints, deadline: Deadline
    ) -> Vector | None:
        if not text:
            return None
        return await self._remembered_text(text, fingerprints.text, deadline)

    async def _remembered_text(
        self, text: str, fingerprint: Fingerprint, deadline: Deadline
    ) -> Vector:
        return await self.memos.text(
            text, fingerprint, lambda: self._models.embed_text(text, deadline)
        )


class _Attempts:
    """Calls that may fail without failing the whole; `failures` by modality."""

    def __init__(self) -> None:
        self.failures: dict[str, InferenceUnavailable] = {}

    async def run(self, modality: str, call: Awaitable[T]) -> T | None:
        """The answer, or None after noting that `modality` could not be had."""
        try:
            return await call
        except InferenceUnavailable as exc:
            self.failures[modality] = exc
            return None


def _judge(
    picture: Picture | None, lines: tuple[TextLine, ...], alignment: float | None
) -> ContentType:
    coverage = 0.0
    if picture:
        coverage = text_coverage([line.box for line in lines], picture.width, picture.height)
    words = sum(len(line.text.split()) for line in lines)
    return content_type(Evidence(picture is not None, coverage, words, alignment))
