"""A fake at the seam of `Models`: fixed answers, and failures where a test wants them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable
from orchestrator.inference.models import Fingerprint, Fingerprints, Pixels, TextLine, Vector

FINGERPRINTS = Fingerprints(
    visual=Fingerprint("clip@1", "clip", "tiny", 4),
    caption=Fingerprint("clip-text@1", "clip", "tiny", 4),
    text=Fingerprint("mpnet@1", "mpnet", "pretrained", 3),
)
LEGACY_FINGERPRINT = Fingerprint("vit@1", "vit", "tiny", 5)
PIXELS = np.kron(
    np.random.default_rng(7).integers(0, 256, (7, 7, 3), dtype=np.uint8),
    np.ones((32, 32, 1), dtype=np.uint8),
)
PERCEPTUAL_HASH = "8e23d426c181fb7e"
LINE = TextLine("MEOW MEOW MEOW", 0.9, ((0, 0), (40, 0), (40, 10), (0, 10)))
FAINT_LINE = TextLine("dust", 0.2, ((0, 20), (4, 20), (4, 24), (0, 24)))


class Gate(asyncio.Event):
    """Holds whoever comes until it is set; `came` is set as soon as somebody does."""

    def __init__(self) -> None:
        super().__init__()
        self.came = asyncio.Event()

    async def wait(self) -> Literal[True]:
        """See `asyncio.Event`."""
        self.came.set()
        return await super().wait()


@dataclass
class FakeModels:
    """`calls` in order of their start; `failing` and `gates` by the method's name.

    `vectors` and `lines_of` pictures by their bytes, where they are not those of all others;
    `batches` are the sizes of those that `embed_images` was asked for.
    """

    failing: dict[str, Exception] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    vectors: dict[bytes, Vector] = field(default_factory=dict)
    lines_of: dict[bytes, tuple[TextLine, ...]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    lines: tuple[TextLine, ...] = (LINE, FAINT_LINE)
    fingerprints_now: Fingerprints = FINGERPRINTS
    legacy_fingerprint_now: Fingerprint = LEGACY_FINGERPRINT

    async def embed_image(self, image: bytes, deadline: Deadline) -> Vector:
        await self._call("embed_image")
        return self._vector(image)

    async def embed_images(self, images: Sequence[bytes], deadline: Deadline) -> list[Vector]:
        self.batches.append(len(images))
        await self._call("embed_images")
        return [self._vector(image) for image in images]

    async def embed_caption(self, caption: str, deadline: Deadline) -> Vector:
        await self._call("embed_caption")
        return np.array([0.2, 0.979796, 0, 0], dtype=np.float32)

    async def embed_text(self, text: str, deadline: Deadline) -> Vector:
        self.texts.append(text)
        await self._call("embed_text")
        return np.array([0, 1, 0], dtype=np.float32)

    async def read_text(self, image: bytes, deadline: Deadline) -> tuple[TextLine, ...]:
        await self._call("read_text")
        return self.lines_of.get(image, self.lines)

    async def preprocess(self, image: bytes, deadline: Deadline) -> Pixels:
        await self._call("preprocess")
        return PIXELS

    async def fingerprints(self, deadline: Deadline) -> Fingerprints:
        await self._call("fingerprints")
        return self.fingerprints_now

    async def embed_legacy(self, image: bytes, deadline: Deadline) -> Vector:
        await self._call("embed_legacy")
        return np.array([0, 0, 0, 0.6, 0.8], dtype=np.float32)

    async def legacy_fingerprint(self, deadline: Deadline) -> Fingerprint:
        await self._call("legacy_fingerprint")
        return self.legacy_fingerprint_now

    def fail(self, *methods: str) -> None:
        """Let methods fail as a model that is away does."""
        for method in methods:
            self.failing[method] = InferenceUnavailable(f"{method} is away", model=method)

    def _vector(self, image: bytes) -> Vector:
        return self.vectors.get(image, np.array([1, 0, 0, 0], dtype=np.float32))

    async def _call(self, method: str) -> None:
        self.calls.append(method)
        if method in self.gates:
            try:
                await self.gates[method].wait()
            except asyncio.CancelledError:
                self.cancelled.append(method)
                raise
        if method in self.failing:
            raise self.failing[method]


class MeetingModels(FakeModels):
    """Some methods answer only while all of them are asked."""

    def __init__(self, *methods: str) -> None:
        super().__init__()
        self._came = {method: asyncio.Event() for method in methods}

    async def _call(self, method: str) -> None:
        if method in self._came:
            self._came[method].set()
            for came in self._came.values():
                await came.wait()
        await super()._call(method)
