"""The extraction of one post: independent model calls at once, dependent ones after them."""

from dataclasses import dataclass

from orchestrator.content.picture import Picture
from orchestrator.content.video import Medium, Video
from orchestrator.deadline import Deadline
from orchestrator.extraction.attempts import Attempts
from orchestrator.extraction.content_type import ContentType, Evidence, content_type
from orchestrator.extraction.memos import Memos
from orchestrator.extraction.pictures import Pictures
from orchestrator.extraction.remembered import RememberedModels
from orchestrator.extraction.seen import Look, Seen, VideoFacts, Writing
from orchestrator.extraction.together import together
from orchestrator.extraction.videos import Videos
from orchestrator.extraction.words import text_of, words_of
from orchestrator.frames.decoder import Decoder
from orchestrator.inference.models import Fingerprint, Fingerprints, Models, TextLine, Vector


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the models made of a post; `degraded` names what could not be had.

    `visual` [d_visual] and `text` [d_text] are unit vectors. `text` is of the caption and the OCR
    text together, None where both are empty. `alignment` is None without caption or medium,
    `video` for anything but a video.
    """

    fingerprints: Fingerprints
    content_type: ContentType
    visual: Vector | None
    text: Vector | None
    lines: tuple[TextLine, ...]
    alignment: float | None
    degraded: tuple[str, ...]
    video: VideoFacts | None = None

    @property
    def ocr_text(self) -> str:
        """The lines that OCR read, in reading order."""
        return text_of(self.lines)


@dataclass(frozen=True, slots=True)
class TextRead:
    """The lines in a medium, and what is told of it if it is a video."""

    lines: tuple[TextLine, ...]
    video: VideoFacts | None = None


class Extractor:
    """Chains the models.

    What takes a medium raises UndecodableMedia where it can't be read, and for a video what
    `Decoder.sample` raises.
    """

    def __init__(
        self, models: Models, memos: Memos, decoder: Decoder, *, min_ocr_confidence: float
    ) -> None:
        self.memos = memos
        self._models = RememberedModels(models, memos, min_ocr_confidence=min_ocr_confidence)
        self._pictures = Pictures(self._models)
        self._videos = Videos(self._models, decoder)

    async def extract(
        self, medium: Medium | None, caption: str | None, deadline: Deadline
    ) -> Analysis:
        """Analyse a picture or a video, a caption, or both.

        Raises InferenceUnavailable where neither vector could be had.
        """
        fingerprints = await self._models.fingerprints(deadline)
        attempts = Attempts()
        seen, caption_vector = Seen(), None
        if medium is not None:
            seen, caption_vector = await together(
                self._see(medium, fingerprints, attempts, deadline),
                attempts.run("alignment", lambda: self._caption(caption, fingerprints, deadline)),
            )
        writing = seen.writing or Writing()
        words = words_of(caption, text_of(writing.lines))
        text = await attempts.run("text", lambda: self._text(words, fingerprints, deadline))
        if seen.look is None and text is None and attempts.failures:
            raise next(iter(attempts.failures.values()))
        alignment = None
        if seen.look is not None and caption_vector is not None:
            alignment = seen.look.alignment(caption_vector)
        return Analysis(
            fingerprints=fingerprints,
            content_type=_judge(medium, writing, alignment),
            visual=None if seen.look is None else seen.look.vector,
            text=text,
            lines=writing.lines,
            alignment=alignment,
            degraded=tuple(attempts.failures),
            video=seen.video,
        )

    async def read_text(self, medium: Medium, deadline: Deadline) -> TextRead:
        """The lines of a medium above the confidence threshold, in reading order."""
        if isinstance(medium, Video):
            writing, facts = await self._videos.read(medium, deadline)
            return TextRead(writing.lines, facts)
        return TextRead((await self._pictures.read(medium, deadline)).lines)

    async def perceptual_hash(self, medium: Medium, deadline: Deadline) -> str | None:
        """What a copy has nearly the same of; None where it shows too little.

        Of a video, it is that of its representative frame. Raises what `Models.preprocess` raises.
        """
        picture = await self.still_of(medium, deadline)
        return await self._models.perceptual_hash(picture, deadline)

    async def still_of(self, medium: Medium, deadline: Deadline) -> Picture:
        """The picture that stands for a medium: itself, or a video's representative frame."""
        if isinstance(medium, Video):
            return (await self._videos.sample(medium, deadline)).representative.picture
        return medium

    async def embed_text(self, text: str, deadline: Deadline) -> tuple[Vector, Fingerprint]:
        """The text encoder's vector of a text that is not blank, and which weights made it."""
        fingerprint = (await self._models.fingerprints(deadline)).text
        return await self._models.text(text, fingerprint, deadline), fingerprint

    async def look_at(self, medium: Medium, deadline: Deadline) -> tuple[Look, Fingerprint]:
        """CLIP's vector of a medium, a video's frames' too, and which weights made them."""
        fingerprint = (await self._models.fingerprints(deadline)).visual
        return await self._look(medium, fingerprint, deadline), fingerprint

    async def embed_caption(self, caption: str, deadline: Deadline) -> tuple[Vector, Fingerprint]:
        """CLIP's vector of a caption that is not blank, and which weights made it."""
        fingerprint = (await self._models.fingerprints(deadline)).caption
        return await self._models.caption(caption, fingerprint, deadline), fingerprint

    async def _see(
        self, medium: Medium, by: Fingerprints, attempts: Attempts, deadline: Deadline
    ) -> Seen:
        if isinstance(medium, Video):
            return await self._videos.see(medium, by.visual, attempts, deadline)
        return await self._pictures.see(medium, by.visual, attempts, deadline)

    async def _look(self, medium: Medium, by: Fingerprint, deadline: Deadline) -> Look:
        if isinstance(medium, Video):
            return await self._videos.look(medium, by, deadline)
        return await self._pictures.look(medium, by, deadline)

    async def _caption(
        self, caption: str | None, by: Fingerprints, deadline: Deadline
    ) -> Vector | None:
        return await self._models.caption(caption, by.caption, deadline) if caption else None

    async def _text(self, text: str, by: Fingerprints, deadline: Deadline) -> Vector | None:
        return await self._models.text(text, by.text, deadline) if text else None


def _judge(medium: Medium | None, writing: Writing, alignment: float | None) -> ContentType:
    words = sum(len(line.text.split()) for line in writing.lines)
    return content_type(Evidence(medium is not None, writing.coverage, words, alignment))
