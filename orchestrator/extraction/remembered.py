"""What the models say, from before or asked now."""

from collections.abc import Sequence

from orchestrator.content.picture import Picture
from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable
from orchestrator.extraction.memos import Memos
from orchestrator.extraction.perceptual_hash import perceptual_hash
from orchestrator.inference.models import Fingerprint, Fingerprints, Models, TextLine, Vector
from orchestrator.places import Places


class RememberedModels:
    """The models with their memos before them. Raises what `Models` raises; vectors are shared."""

    def __init__(self, models: Models, memos: Memos, *, min_ocr_confidence: float) -> None:
        self._models = models
        self.memos = memos
        self._min_ocr_confidence = min_ocr_confidence
        self._frames = Places(1, _busy)

    async def fingerprints(self, deadline: Deadline) -> Fingerprints:
        """Which weights the models run now; always asked."""
        return await self._models.fingerprints(deadline)

    async def image(self, picture: Picture, by: Fingerprint, deadline: Deadline) -> Vector:
        """CLIP's vector of a picture."""
        return await self.memos.visual(
            picture, by, lambda: self._models.embed_image(picture.data, deadline)
        )

    async def images(
        self, pictures: Sequence[Picture], by: Fingerprint, deadline: Deadline
    ) -> list[Vector]:
        """CLIP's vectors of pictures; those that are not known are asked for as one batch."""
        return await self.memos.visuals(
            pictures,
            by,
            lambda unknown: self._models.embed_images(
                [picture.data for picture in unknown], deadline
            ),
        )

    async def lines(self, picture: Picture, deadline: Deadline) -> tuple[TextLine, ...]:
        """The lines of a picture above the confidence threshold, in reading order."""
        return self._sure(
            await self.memos.lines(picture, lambda: self._models.read_text(picture.data, deadline))
        )

    async def frame_lines(self, picture: Picture, deadline: Deadline) -> tuple[TextLine, ...]:
        """The lines of a video's frame, as `lines`, of all videos' frames one at a time.

        OCR has few instances: its others are left to pictures.
        """

        async def ask() -> tuple[TextLine, ...]:
            async with self._frames.one(deadline):
                return await self._models.read_text(picture.data, deadline)

        return self._sure(await self.memos.lines(picture, ask))

    async def caption(self, caption: str, by: Fingerprint, deadline: Deadline) -> Vector:
        """CLIP's vector of a caption that is not blank."""
        return await self.memos.caption(
            caption, by, lambda: self._models.embed_caption(caption, deadline)
        )

    async def text(self, text: str, by: Fingerprint, deadline: Deadline) -> Vector:
        """The text encoder's vector of a text that is not blank."""
        return await self.memos.text(text, by, lambda: self._models.embed_text(text, deadline))

    async def perceptual_hash(self, picture: Picture, deadline: Deadline) -> str | None:
        """A picture's perceptual hash; None where it shows too little."""

        async def ask() -> str | None:
            return perceptual_hash(await self._models.preprocess(picture.data, deadline))

        return await self.memos.perceptual_hash(picture, ask)

    def _sure(self, lines: tuple[TextLine, ...]) -> tuple[TextLine, ...]:
        return tuple(line for line in lines if line.confidence >= self._min_ocr_confidence)


def _busy() -> InferenceUnavailable:
    return InferenceUnavailable("ocr reads other videos", model="ocr")
