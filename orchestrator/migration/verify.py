"""Whether a migration has done what it should: every point accounted for, some looked at again."""

import random
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import numpy as np

from orchestrator.errors import FeedlensError
from orchestrator.media.errors import MediaError
from orchestrator.media.media import Media
from orchestrator.migration.legacy_posts import LegacyPoint, LegacySource, Uploads
from orchestrator.migration.target import Target
from orchestrator.runs.patience import Patience
from orchestrator.store.records import MODALITIES, LegacyPost, StoredPost, Vector

MIN_COSINE = 0.999
_FIELDS = ("author_id", "caption", "created_at", "media_url", "content_hash", "ocr_text")
_NAMED = 10


@dataclass
class Verdict:
    """What was found.

    Of all `points`, so many are `there`, `reported` as failed, and `unaccounted`; `missing` holds
    the first few of the last. Of the posts that were `looked_at`, `unlike` says what differs.
    """

    points: int = 0
    there: int = 0
    reported: int = 0
    unaccounted: int = 0
    missing: list[str] = field(default_factory=list)
    looked_at: int = 0
    unlike: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether nothing is missing, and nothing unlike what it should be."""
        return not self.unaccounted and not self.unlike

    def lines(self) -> Iterator[str]:
        """All of it in words."""
        yield (
            f"verified {self.points:,} points: {self.there:,} are there, {self.reported:,} are in "
            f"the report, {self.unaccounted:,} are missing"
        )
        if self.missing:
            yield f"missing: {', '.join(self.missing)}{' …' * (self.unaccounted > _NAMED)}"
        yield f"made again: {self.looked_at}, of which {len(self.unlike)} differ"
        yield from self.unlike


class Verification:
    """Compares the legacy collection, the report and the new collection."""

    def __init__(
        self,
        source: LegacySource,
        target: Target,
        media: Media,
        uploads: Uploads,
        patience: Patience,
        *,
        reported: Container[str],
        seed: int,
    ) -> None:
        """`reported` names points that failed, by their ids; `seed` draws those looked at."""
        self.verdict = Verdict()
        self._source = source
        self._target = target
        self._media = media
        self._uploads = uploads
        self._patience = patience
        self._reported = reported
        self._random = random.Random(seed)  # noqa: S311

    async def run(self, spot_checks: int) -> None:
        """Count all points, and make `spot_checks` migrated posts again. Raises GaveUp."""
        for post in await self._count(spot_checks):
            found = await self._look(post)
            self.verdict.looked_at += 1
            if found:
                self.verdict.unlike.append(f"{post.media_id}: {found}")

    async def _count(self, spot_checks: int) -> list[LegacyPost]:
        """Counts; answers a sample of the posts that the migration made."""
        sample = _Sample(spot_checks, self._random)
        after: str | None = None
        while True:
            points, after = await self._patience.through(partial(self._source.page, after))
            stored = await self._patience.through(partial(self._stored, points))
            for point in points:
                self._account(point, stored)
                if isinstance(point, LegacyPost) and _is_migrated(point, stored):
                    sample.offer(point)
            if after is None:
                return sample.drawn

    def _account(self, point: LegacyPoint, stored: dict[str, StoredPost]) -> None:
        verdict = self.verdict
        verdict.points += 1
        if isinstance(point, LegacyPost) and point.media_id in stored:
            verdict.there += 1
        elif point.point_id in self._reported:
            verdict.reported += 1
        else:
            verdict.unaccounted += 1
            if len(verdict.missing) < _NAMED:
                verdict.missing.append(point.point_id)

    async def _stored(self, points: Sequence[LegacyPoint]) -> dict[str, StoredPost]:
        return await self._target.get(
            [point.media_id for point in points if isinstance(point, LegacyPost)]
        )

    async def _look(self, post: LegacyPost) -> str | None:
        """What differs between the stored post and the same made again; None where nothing."""
        try:
            made = await self._patience.through(partial(self._make, post))
        except (MediaError, FeedlensError) as exc:
            return f"can't be made again: {exc.detail}"
        read = partial(self._target.get, [post.media_id], with_vectors=True)
        stored = await self._patience.through(read)
        if post.media_id not in stored:
            return "is not there any more"
        return difference(stored[post.media_id], made)

    async def _make(self, post: LegacyPost) -> StoredPost:
        medium = await self._media.fetch(post.media_url)
        return await self._target.make(self._uploads.upload(post, medium))


def difference(stored: StoredPost, made: StoredPost) -> str | None:
    """The first way in which two posts differ that should be the same; counters may move."""
    for name in _FIELDS:
        found, expected = getattr(stored, name), getattr(made, name)
        if found != expected:
            return f"{name} is {_told(found)}, not {_told(expected)}"
    for modality in MODALITIES:
        found, expected = getattr(stored, modality), getattr(made, modality)
        if (found is None) != (expected is None):
            return f"{modality} vector is {'missing' if found is None else 'one too many'}"
        if found is not None and _cosine(found, expected) < MIN_COSINE:
            return f"{modality} vector has cosine {_cosine(found, expected):.4f}"
    return None


class _Sample:
    """Some of all posts that were offered, each as likely (Vitter's algorithm R, 1985)."""

    def __init__(self, size: int, numbers: random.Random) -> None:
        self._size = size
        self._numbers = numbers
        self._offered = 0
        self.drawn: list[LegacyPost] = []

    def offer(self, post: LegacyPost) -> None:
        self._offered += 1
        if len(self.drawn) < self._size:
            self.drawn.append(post)
            return
        place = self._numbers.randrange(self._offered)
        if place < self._size:
            self.drawn[place] = post


def _is_migrated(point: LegacyPost, stored: dict[str, StoredPost]) -> bool:
    """Uploads are there too; only a post that the migration made has the point's address."""
    there = stored.get(point.media_id)
    return there is not None and there.media_url is not None and there.media_url == point.media_url


def _told(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)


def _cosine(one: Vector, other: Vector) -> float:
    """Of two unit vectors."""
    return float(np.dot(one, other))
