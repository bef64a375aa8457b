"""Points of the ViT-only system's collection as items, and as the uploads that they once were."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Protocol

from orchestrator.content.video import Medium
from orchestrator.errors import InvalidRequest
from orchestrator.migration.met_ids import MetIds
from orchestrator.store.records import BrokenPoint, LegacyPost
from orchestrator.upload import Upload


@dataclass(frozen=True, slots=True)
class SharedId:
    """A point whose media id one before it in the collection has too; `other` is one of those."""

    point_id: str
    media_id: str
    other: str


LegacyPoint = LegacyPost | BrokenPoint | SharedId

UNDATED = datetime(1970, 1, 1, tzinfo=timezone.utc)
"""The date of a post that names none: as old as can be, so that no feed takes it for new."""
_PAGE = 128


class Points(Protocol):
    """As much of `LegacyStore` as is read here."""

    async def scan(
        self, after: str | None, *, limit: int
    ) -> tuple[list[LegacyPost | BrokenPoint], str | None]:
        """See `LegacyStore`."""

    async def owners(self, media_id: str) -> Mapping[str, str | None]:
        """See `LegacyStore`."""


class LegacySource:
    """All points, or some, in the order of their ids; the first point of a media id is its post."""

    def __init__(self, legacy: Points, only: Container[str] | None = None) -> None:
        """`only` names points by their ids."""
        self._legacy = legacy
        self._only = only
        self._met = MetIds()

    async def page(self, after: str | None) -> tuple[Sequence[LegacyPoint], str | None]:
        """See `Source`."""
        scanned, rest = await self._legacy.scan(after, limit=_PAGE)
        points = await self._told_apart(scanned)
        only = self._only
        if only is not None:
            points = [point for point in points if point.point_id in only]
        return points, rest

    async def has(self, post: LegacyPost) -> bool:
        """Whether the point is still there. Raises StoreUnavailable."""
        points, _ = await self._legacy.scan(post.point_id, limit=1)
        return any(point.point_id == post.point_id for point in points)

    async def _told_apart(self, scanned: Sequence[LegacyPost | BrokenPoint]) -> list[LegacyPoint]:
        """A page's points; those that share a media id with one before them as such."""
        points: list[LegacyPoint] = []
        here: set[str] = set()
        for point in scanned:
            others: list[str] = []
            if isinstance(point, LegacyPost):
                if point.media_id in here or point.media_id in self._met:
                    owners = await self._legacy.owners(point.media_id)
                    others = sorted(owners.keys() - {point.point_id})
                here.add(point.media_id)
            if isinstance(point, LegacyPost) and others:
                points.append(SharedId(point.point_id, point.media_id, others[0]))
            else:
                points.append(point)
        # Not before: a page that can't be told apart now is asked for again.
        self._met.update(here)
        return points


@dataclass(frozen=True, slots=True)
class Uploads:
    """Makes uploads of legacy posts; `latest` is the last date that a post may have."""

    max_caption_chars: int
    latest: Callable[[], datetime]

    def check(self, post: LegacyPost) -> None:
        """Raise InvalidRequest for a caption that is too long, and for a date to come."""
        caption = (post.caption or "").strip()
        if len(caption) > self.max_caption_chars:
            raise InvalidRequest(
                f"the caption has {len(caption):,} characters; "
                f"at most {self.max_caption_chars:,} are accepted"
            )
        if post.created_at and post.created_at > self.latest():
            raise InvalidRequest(f"its date {post.created_at.isoformat()} is in the future")

    def upload(self, post: LegacyPost, medium: Medium) -> Upload:
        """What the post's author would upload today.

        A post that names no author has one for itself, so that no viewer's dislike of it falls on
        others. A date before 1970 is moved there. Raises what `check` raises.
        """
        self.check(post)
        caption = (post.caption or "").strip()
        return Upload(
            media_id=post.media_id,
            author_id=post.author_id or f"unknown-{post.point_id}",
            medium=medium,
            caption=caption or None,
            created_at=max(post.created_at or UNDATED, UNDATED),
            likes=post.likes,
            comments=post.comments,
            media_url=post.media_url,
        )
