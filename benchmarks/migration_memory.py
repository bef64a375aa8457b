"""The memory of a process that migrates, with models that answer at once.

    python -m benchmarks.migration_memory FOLDER POSTS

migrates posts whose media lie in a folder, and prints how large it became in MB and how many posts
a second it did. What posts come from and go to is made too: stores grow with what they hold.
"""

import asyncio
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from benchmarks.inputs import meme, unit_vector
from orchestrator.caching.process_cache import ProcessCache
from orchestrator.deadline import Deadline
from orchestrator.extraction.extract import Extractor
from orchestrator.extraction.memos import Memos
from orchestrator.frames.process import ProcessDecoder
from orchestrator.inference.models import (
    Fingerprint,
    Fingerprints,
    Pixels,
    TextLine,
    Vector,
)
from orchestrator.media.media import Media
from orchestrator.media.parameters import MediaParameters
from orchestrator.migration.legacy_job import LegacyJob, Migrate
from orchestrator.migration.legacy_posts import LegacySource, Uploads
from orchestrator.runs.patience import Patience
from orchestrator.runs.progress import Progress
from orchestrator.runs.report import Report
from orchestrator.runs.running import Ended, run
from orchestrator.settings import Settings
from orchestrator.store.records import BrokenPoint, LegacyPost, StoredPost
from orchestrator.upload import Upload, extract_post

_PICTURES = 20
_WORKERS = 4
_SAMPLE_S = 0.05
_FINGERPRINTS = Fingerprints(
    visual=Fingerprint("made-clip@1", "made", "tiny", 512),
    caption=Fingerprint("made-clip-text@1", "made", "tiny", 512),
    text=Fingerprint("made-mpnet@1", "made", "tiny", 768),
)


@dataclass(frozen=True)
class Size:
    """Of one migration: its process's own memory at most, files that are mapped left out."""

    posts: int
    peak_mb: float
    rate: float


def measure_size(posts: int) -> Size:
    """Migrate so many posts in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(_PICTURES):
            (Path(folder) / f"{number}.jpg").write_bytes(meme(number))
        command = [sys.executable, "-m", "benchmarks.migration_memory", folder, str(posts)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    peak_mb, rate = map(float, printed.split())
    return Size(posts, peak_mb, rate)


def main(folder: Path, posts: int) -> None:
    """Migrate so many posts, whose media lie in the folder."""
    with _sampled() as samples_mb:
        ended = asyncio.run(_migrate(folder, posts))
    print(max(samples_mb), ended.tally.kinds["done"] / ended.duration_s)


async def _migrate(folder: Path, posts: int) -> Ended:
    settings = Settings(media=MediaParameters(folder=folder))
    decoder = ProcessDecoder(settings.video, max_pictures_pixels=settings.max_pixels)
    memos = Memos(ProcessCache(0), settings.cache)
    extractor = Extractor(_MadeModels(), memos, decoder, min_ocr_confidence=0.5)
    target = _MadeTarget(extractor)
    source = LegacySource(_MadePoints(posts))
    media = Media(settings.media, settings.medium_limits)
    uploads = Uploads(settings.max_caption_chars, lambda: datetime.now(timezone.utc))
    progress = Progress(posts, sys.stderr, title="migrating")
    report = Report(folder / "report.jsonl")
    ended = await run(
        source,
        LegacyJob(target.known, Migrate(source, media, uploads, target)),
        [progress.tell, report.tell],
        workers=_WORKERS,
        patience=Patience(0, target.is_well),
        limit=None,
    )
    report.close()
    return ended


@dataclass
class _MadePoints:
    """As many points of an old collection as are wanted, made when they are read."""

    count: int

    async def scan(
        self, after: str | None, *, limit: int
    ) -> tuple[list[LegacyPost | BrokenPoint], str | None]:
        start = int(after or 0)
        end = min(start + limit, self.count)
        points: list[LegacyPost | BrokenPoint] = [_point(number) for number in range(start, end)]
        return points, str(end) if end < self.count else None

    async def owners(self, media_id: str) -> dict[str, str | None]:
        return {media_id.removeprefix("m"): "ann"}


def _point(number: int) -> LegacyPost:
    """One in ten has no medium."""
    url = f"{number % (_PICTURES + _PICTURES // 10)}.jpg"
    caption = f"Picture {number}, with a caption of a usual length"
    return LegacyPost(str(number), f"m{number}", "ann", url, caption, None, likes=3, comments=1)


@dataclass
class _MadeTarget:
    """`Target` that makes posts and keeps none: what grows then is the migration itself."""

    extractor: Extractor

    async def get(self, *_: object, **__: object) -> dict[str, StoredPost]:
        return {}

    async def known(self, *_: object, **__: object) -> set[str]:
        return set()

    async def make(self, upload: Upload) -> StoredPost:
        return await extract_post(self.extractor, upload, Deadline.after(10))

    async def put(self, upload: Upload) -> bool:
        return (await self.make(upload)).visual is not None

    async def delete(self, *_: object, **__: object) -> None:
        raise NotImplementedError("nothing is deleted meanwhile")

    async def is_well(self) -> bool:
        return True


@contextmanager
def _sampled() -> Iterator[list[float]]:
    """The process's own memory in MB, now and again while the block runs."""
    ended = threading.Event()
    samples_mb: list[float] = []

    def sample() -> None:
        while not ended.wait(_SAMPLE_S):
            samples_mb.append(_own_mb())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples_mb
    finally:
        ended.set()
        thread.join()


def _own_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    (found,) = (line for line in lines if line.startswith("RssAnon:"))
    return int(found.split()[1]) / 1024


@dataclass
class _MadeModels:
    """`Models` that cost nothing: random vectors, one line of text."""

    _rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    async def embed_image(self, *_: object, **__: object) -> Vector:
        return unit_vector(self._rng, _FINGERPRINTS.visual.dimension)

    async def embed_images(self, images: Sequence[bytes], deadline: Deadline) -> list[Vector]:
        return [await self.embed_image(image, deadline) for image in images]

    async def embed_caption(self, *_: object, **__: object) -> Vector:
        return unit_vector(self._rng, _FINGERPRINTS.caption.dimension)

    async def embed_text(self, *_: object, **__: object) -> Vector:
        return unit_vector(self._rng, _FINGERPRINTS.text.dimension)

    async def read_text(self, *_: object, **__: object) -> tuple[TextLine, ...]:
        return (TextLine("SOME TEXT", 0.9, ((0, 0), (40, 0), (40, 10), (0, 10))),)

    async def preprocess(self, *_: object, **__: object) -> Pixels:
        return self._rng.integers(0, 256, (224, 224, 3), dtype=np.uint8)

    async def fingerprints(self, *_: object, **__: object) -> Fingerprints:
        return _FINGERPRINTS

    async def embed_legacy(self, *_: object, **__: object) -> Vector:
        raise NotImplementedError("no old vector is made by a migration")

    async def legacy_fingerprint(self, *_: object, **__: object) -> Fingerprint:
        raise NotImplementedError("no old vector is made by a migration")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
