"""Posts written to the ViT-only system's collection too, while both systems run."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from enum import Enum, auto
from typing import TypeVar

from orchestrator.content.picture import Picture
from orchestrator.deadline import Deadline
from orchestrator.errors import Conflict, InferenceUnavailable, StoreUnavailable
from orchestrator.inference.models import Vector
from orchestrator.legacy.side import LegacySide
from orchestrator.store.payloads import point_id
from orchestrator.store.protocol import LegacyChange
from orchestrator.store.records import LegacyPost, StoredPost

_LOG = logging.getLogger(__name__)
T = TypeVar("T")


class Place(Enum):
    """What the legacy collection has under a media id."""

    FREE = auto()
    """Nothing, or what an upload left half written."""
    TAKEN = auto()
    """A post, which stays as it is."""
    UNKNOWN = auto()
    """It does not answer."""


class Mirror:
    """Writes posts to the legacy collection, if it is to be written, and deletes them from it."""

    def __init__(self, side: LegacySide) -> None:
        self._side = side

    @property
    def writes(self) -> bool:
        """Whether uploads are written."""
        return self._side.parameters.write

    async def vector(self, picture: Picture, deadline: Deadline) -> Vector | None:
        """The legacy vector [d_legacy]; None where the model does not answer.

        Raises UndecodableMedia.
        """
        try:
            return await self._side.models.embed_legacy(picture.data, deadline)
        except InferenceUnavailable as exc:
            _LOG.warning("an upload has no legacy vector: %s", exc.detail)
            return None

    async def put(self, post: StoredPost, vector: Vector) -> bool:
        """Write a post; False where the collection does not answer."""
        try:
            await self._asked(self._side.store.put([_legacy(post, vector)]))
        except StoreUnavailable as exc:
            _LOG.warning("an upload is not in the legacy collection: %s", exc.detail)
            return False
        return True

    async def place(self, media_id: str, author_id: str, *, repairs: bool) -> Place:
        """What is where an author's upload would be written; it `repairs` what it wrote before.

        Raises Conflict where the id is another author's there. A post of which it names no author
        is anyone's.
        """
        try:
            owners = await self._asked(self._side.store.owners(media_id))
        except StoreUnavailable as exc:
            _LOG.warning("nobody knows whose %r is in the legacy collection: %s", media_id, exc)
            return Place.UNKNOWN
        authors = {owner for owner in owners.values() if owner is not None}
        if authors and author_id not in authors:
            raise Conflict(
                f"media_id {media_id!r} is in the legacy collection with another author_id; "
                "delete it first to replace it"
            )
        # What stands under another point id, the old system wrote.
        own = {point_id(media_id)} if repairs else set()
        return Place.TAKEN if owners.keys() - own else Place.FREE

    async def change(self, media_id: str, changes: Mapping[LegacyChange, object]) -> bool:
        """Change a post, if it is there; False where the collection does not answer."""
        try:
            await self._asked(self._side.store.change(media_id, changes))
        except StoreUnavailable as exc:
            _LOG.warning("a change is not in the legacy collection: %s", exc.detail)
            return False
        return True

    async def delete(self, media_id: str) -> bool:
        """Delete a post; False if there was none. StoreUnavailable where that fails."""
        return await self._side.store.delete(media_id)

    async def _asked(self, answer: Awaitable[T]) -> T:
        """What the collection answers in time, else StoreUnavailable."""
        timeout_s = self._side.parameters.write_timeout_s
        try:
            return await asyncio.wait_for(answer, timeout_s)
        except asyncio.TimeoutError as exc:
            raise StoreUnavailable(f"it did not answer within {timeout_s:g} s") from exc


def _legacy(post: StoredPost, vector: Vector) -> LegacyPost:
    return LegacyPost(
        point_id=point_id(post.media_id),
        media_id=post.media_id,
        author_id=post.author_id,
        media_url=post.media_url,
        caption=post.caption,
        created_at=post.created_at,
        likes=post.likes,
        comments=post.comments,
        vector=vector,
    )
