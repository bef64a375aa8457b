"""What Feedlens asks of its models, in its own terms."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable, InvalidRequest, UndecodableMedia
from orchestrator.inference.triton import TritonClient

Vector = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line that OCR read: `box` holds four corners (x, y) in pixels of the upright picture.

    `time_s` says when a video shows it; None for a picture.
    """

    text: str
    confidence: float
    box: tuple[tuple[float, float], ...]
    time_s: float | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Which weights a model runs: `id` is stable, `weights` is pretrained, untrained or tiny."""

    id: str
    source: str
    weights: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The fingerprints of the models whose vectors are stored or compared."""

    visual: Fingerprint
    caption: Fingerprint
    text: Fingerprint

    @property
    def weights(self) -> dict[str, str]:
        """pretrained, untrained or tiny, by what the vectors are of."""
        return {"visual": self.visual.weights, "text": self.text.weights}


class Models(Protocol):
    """Vectors are of unit norm.

    Every call raises InferenceUnavailable; those that take a picture UndecodableMedia, those
    that take a text InvalidRequest.
    """

    async def embed_image(self, image: bytes, deadline: Deadline) -> Vector:
        """CLIP's vector of a picture."""

    async def embed_images(self, images: Sequence[bytes], deadline: Deadline) -> list[Vector]:
        """CLIP's vectors of pictures, in their order, each as `embed_image` gives it."""

    async def embed_caption(self, caption: str, deadline: Deadline) -> Vector:
        """CLIP's vector of a caption, comparable with `embed_image`."""

    async def embed_text(self, text: str, deadline: Deadline) -> Vector:
        """The text encoder's vector."""

    async def read_text(self, image: bytes, deadline: Deadline) -> tuple[TextLine, ...]:
        """The lines in a picture, in reading order."""

    async def preprocess(self, image: bytes, deadline: Deadline) -> Pixels:
        """A picture as `embed_image` sees it: RGB, upright, resized, cropped, [224, 224, 3]."""

    async def fingerprints(self, deadline: Deadline) -> Fingerprints:
        """Which weights the models that make vectors run now."""

    async def embed_legacy(self, image: bytes, deadline: Deadline) -> Vector:
        """The legacy ViT's vector of a picture, as `media_embeddings` holds them."""

    async def legacy_fingerprint(self, deadline: Deadline) -> Fingerprint:
        """Which weights the legacy ViT runs now; a serving side without it is fine until asked."""


_CARDS = ("clip_image", "clip_text", "text_encoder")
"""Models in the order of the fields of `Fingerprints`."""
_LEGACY_CARD = "vit_legacy"
_IMAGES = "image_embedding"


class TritonModels:
    """`Models` on Triton: a call is one request of batch size one, batched over there.

    Only `embed_images` sends batches itself.
    """

    def __init__(self, client: TritonClient) -> None:
        self._client = client
        self._most_images: int | None = None

    async def embed_image(self, image: bytes, deadline: Deadline) -> Vector:
        """See `Models`."""
        with _picture_at_fault():
            return await self._vector(_IMAGES, "bytes", image, deadline)

    async def embed_images(self, images: Sequence[bytes], deadline: Deadline) -> list[Vector]:
        """See `Models`. As few requests as may be, one after the other.

        So they keep one instance of the model busy at most, and leave the others to pictures.
        """
        if self._most_images is None:
            self._most_images = await self._client.max_batch_size(_IMAGES, deadline)
        vectors: list[Vector] = []
        for start in range(0, len(images), self._most_images):
            batch = images[start : start + self._most_images]
            tensor = np.array([[image] for image in batch], dtype=np.object_)
            with _picture_at_fault():
                answer = await self._client.infer(_IMAGES, {"bytes": tensor}, ("vector",), deadline)
            vectors.extend(answer["vector"].astype(np.float32))
        return vectors

    async def embed_caption(self, caption: str, deadline: Deadline) -> Vector:
        """See `Models`."""
        return await self._vector("clip_text_embedding", "text", caption.encode(), deadline)

    async def embed_text(self, text: str, deadline: Deadline) -> Vector:
        """See `Models`."""
        return await self._vector("text_embedding", "text", text.encode(), deadline)

    async def read_text(self, image: bytes, deadline: Deadline) -> tuple[TextLine, ...]:
        """See `Models`."""
        with _picture_at_fault():
            answer = await self._client.infer(
                "ocr", {"bytes": _string(image)}, ("text", "confidence", "box"), deadline
            )
        lines = zip(answer["text"][0], answer["confidence"][0], answer["box"][0], strict=True)
        return tuple(
            TextLine(
                text=text.decode(),
                confidence=float(confidence),
                box=tuple((float(x), float(y)) for x, y in box),
            )
            for text, confidence, box in lines
        )

    async def preprocess(self, image: bytes, deadline: Deadline) -> Pixels:
        """See `Models`."""
        with _picture_at_fault():
            answer = await self._client.infer(
                "clip_preprocess", {"bytes": _string(image)}, ("image",), deadline
            )
        pixels: Pixels = answer["image"][0].astype(np.uint8, copy=False)
        return pixels

    async def fingerprints(self, deadline: Deadline) -> Fingerprints:
        """See `Models`."""
        return Fingerprints(*await self._cards(_CARDS, deadline))

    async def embed_legacy(self, image: bytes, deadline: Deadline) -> Vector:
        """See `Models`."""
        with _picture_at_fault():
            return await self._vector("legacy_embedding", "bytes", image, deadline)

    async def legacy_fingerprint(self, deadline: Deadline) -> Fingerprint:
        """See `Models`."""
        try:
            (fingerprint,) = await self._cards((_LEGACY_CARD,), deadline)
        except InvalidRequest as exc:
            raise InferenceUnavailable(
                f"Triton serves no legacy model: {exc.detail}", model=_LEGACY_CARD
            ) from exc
        return fingerprint

    async def _cards(self, models: Sequence[str], deadline: Deadline) -> list[Fingerprint]:
        names = np.array([[name.encode()] for name in models], dtype=np.object_)
        answer = await self._client.infer("model_card", {"model": names}, ("card",), deadline)
        cards = [json.loads(card) for card in answer["card"][:, 0]]
        return [
            Fingerprint(card["id"], card["source"], card["weights"], card["dimension"])
            for card in cards
        ]

    async def _vector(self, model: str, name: str, value: bytes, deadline: Deadline) -> Vector:
        answer = await self._client.infer(model, {name: _string(value)}, ("vector",), deadline)
        vector: Vector = answer["vector"][0].astype(np.float32)
        return vector


@contextmanager
def _picture_at_fault() -> Iterator[None]:
    """A model that takes a picture and refuses its input could not decode it."""
    try:
        yield
    except InvalidRequest as exc:
        raise UndecodableMedia(exc.detail) from exc


def _string(value: bytes) -> NDArray[np.object_]:
    """One STRING as a batch of one, shape [1, 1]."""
    return np.array([[value]], dtype=np.object_)
