"""Posts written to the ViT-only system's collection too, while both systems run."""

import logging
from collections.abc import Mapping

from orchestrator.deadline import Deadline
from orchestrator.errors import Conflict, InferenceUnavailable, StoreUnavailable
from orchestrator.extraction.picture import Picture
from orchestrator.inference.models import Vector
from orchestrator.legacy.side import LegacySide
from orchestrator.store.payloads import point_id
from orchestrator.store.protocol import LegacyChange
from orchestrator.store.records import LegacyPost, StoredPost

_LOG = logging.getLogger(__name__)


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
            await self._side.store.put([_legacy(post, vector)])
        except StoreUnavailable as exc:
            _LOG.warning("an upload is not in the legacy collection: %s", exc.detail)
            return False
        return True

    async def is_free(self, media_id: str, author_id: str) -> bool:
        """Whether an author may publish under an id; False where the collection does not answer.

        Raises Conflict where the id is another author's there. A post of which it names no author
        is anyone's.
        """
        try:
            authors = await self._side.store.authors(media_id)
        except StoreUnavailable as exc:
            _LOG.warning("nobody knows whose %r is in the legacy collection: %s", media_id, exc)
            return False
        if authors and author_id not in authors:
            raise Conflict(
                f"media_id {media_id!r} is in the legacy collection with another author_id; "
                "delete it first to replace it"
            )
        return True

    async def change(self, media_id: str, changes: Mapping[LegacyChange, object]) -> bool:
        """Change a post, if it is there; False where the collection does not answer."""
        try:
            await self._side.store.change(media_id, changes)
        except StoreUnavailable as exc:
            _LOG.warning("a change is not in the legacy collection: %s", exc.detail)
            return False
        return True

    async def delete(self, media_id: str) -> bool:
        """Delete a post; False if there was none. StoreUnavailable where that fails."""
        return await self._side.store.delete(media_id)


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
