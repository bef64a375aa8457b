"""Uploads into the store: idempotent by media id, repaired where a model was away."""

import logging
from collections.abc import Collection
from dataclasses import replace

from orchestrator.deadline import Deadline
from orchestrator.errors import (
    Conflict,
    FeedlensError,
    InferenceUnavailable,
    InvalidRequest,
    StoreUnavailable,
)
from orchestrator.extraction.extract import Extractor
from orchestrator.extraction.together import together
from orchestrator.kept_uploads import KeptUploads
from orchestrator.legacy.mirror import Mirror, Place
from orchestrator.locks import Locks
from orchestrator.store.protocol import LegacyChange, Store
from orchestrator.store.records import StoredPost, Vector
from orchestrator.upload import Upload, extract_post, unanalysed_post

_LOG = logging.getLogger(__name__)

LEGACY = "legacy"
"""What a post is degraded by that could not be written to the legacy collection."""


class Ingestion:
    """Extracts uploads and stores them. `locks` are by media id, for all that writes posts.

    With a `mirror`, pictures and videos are written to the legacy collection too, after the store:
    what is in the former is in the latter. A video's vector there is that of its representative
    frame. A post of which that failed is stored as degraded by LEGACY.
    What that collection has already stays as it is, and keeps its author.
    """

    def __init__(
        self,
        extractor: Extractor,
        store: Store,
        locks: Locks,
        kept_uploads: KeptUploads,
        mirror: Mirror | None = None,
    ) -> None:
        self._extractor = extractor
        self._store = store
        self.locks = locks
        self._kept_uploads = kept_uploads
        self.mirror = mirror

    async def publish(self, upload: Upload, deadline: Deadline) -> tuple[StoredPost, bool]:
        """Store an upload; answers the post, and whether it is new.

        The same upload again changes nothing, except that what a model failed to give is tried
        again, and taken where it is more than there was, and that its file is kept if none is.
        Raises Conflict where the media id belongs to another upload, or to another author's post
        that is not migrated yet.
        """
        if upload.medium is None and not upload.caption:
            raise InvalidRequest("a post needs a file, a caption, or both")
        async with self.locks.of(upload.media_id):
            stored = (await self._store.get_posts([upload.media_id])).get(upload.media_id)
            if stored is not None:
                _same(upload, stored)
            is_due = self._is_due(upload, stored)
            place = await self._place(upload, stored) if stored is None or is_due else None
            is_late = is_due and place is not Place.TAKEN
            post, vector = await together(
                self._post(upload, stored, deadline),
                self._legacy(upload, deadline, wanted=is_late and place is Place.FREE),
            )
            if isinstance(post, InferenceUnavailable):
                if vector is None:
                    raise post
                post = stored or unanalysed_post(upload, self._store.schema)
            if stored is None or set(post.degraded) < set(stored.degraded) - {LEGACY}:
                post = replace(post, degraded=(*post.degraded, LEGACY)) if is_late else post
                await self._put(post, upload, is_new=stored is None)
            else:
                post = stored
                if upload.medium and not await self._kept_uploads.has(upload.media_id):
                    await self._kept_uploads.keep(upload.media_id, upload.medium)
            if vector is not None:
                post = await self._mirrored(post, vector)
            elif is_due and not is_late and LEGACY in post.degraded:
                post = await self._not_late(post)
            return post, stored is None

    async def delete(self, media_id: str) -> bool:
        """Delete a post everywhere; False if there was none. What writes it now is waited for."""
        async with self.locks.of(media_id):
            # First: what is deleted from the store alone would be shown as not migrated.
            was_old = await self.mirror.delete(media_id) if self.mirror else False
            was_stored = await self._store.delete_post(media_id)
            await self._kept_uploads.forget(media_id)
            return was_stored or was_old

    async def follow(self, post: StoredPost, changed: Collection[LegacyChange]) -> StoredPost:
        """Write to the legacy collection too what of a stored post changed; answers the post.

        Where that fails, an upload's post is degraded by LEGACY, and such a one is left to the
        same upload again, which writes all of it.
        """
        mirror = self.mirror
        if mirror is None or not mirror.writes or post.media_type == "text":
            return post
        async with self.locks.of(post.media_id):
            stored = (await self._store.get_posts([post.media_id])).get(post.media_id)
            if stored is None or LEGACY in stored.degraded:
                return post
            changes = {name: getattr(stored, name) for name in changed}
            if await mirror.change(post.media_id, changes) or post.content_hash is None:
                return post
            degraded = (*stored.degraded, LEGACY)
            await self._store.change_post(post.media_id, {"degraded": list(degraded)})
            return replace(post, degraded=degraded)

    async def _put(self, post: StoredPost, upload: Upload, *, is_new: bool) -> None:
        """Store the post, and its file before it, which a refused new post leaves nothing of."""
        if upload.medium is not None:
            await self._kept_uploads.keep(upload.media_id, upload.medium)
        try:
            await self._store.put_posts([post])
        except FeedlensError:
            if is_new:
                await self._forget_unstored(upload.media_id)
            raise

    async def _forget_unstored(self, media_id: str) -> None:
        try:
            # What failed may have been the answer alone.
            if not await self._store.get_posts([media_id]):
                await self._kept_uploads.forget(media_id)
        except StoreUnavailable as exc:
            _LOG.warning("the kept upload of %r may be of no post: %s", media_id, exc.detail)

    async def _place(self, upload: Upload, stored: StoredPost | None) -> Place | None:
        """What the legacy collection has under the upload's id; None where it is not opened."""
        if self.mirror is None:
            return None
        repairs = stored is not None
        return await self.mirror.place(upload.media_id, upload.author_id, repairs=repairs)

    def _is_due(self, upload: Upload, stored: StoredPost | None) -> bool:
        """Whether the post is to be in the legacy collection, and was not written to it yet."""
        mirrors = self.mirror is not None and self.mirror.writes and upload.medium is not None
        return mirrors and (stored is None or LEGACY in stored.degraded)

    async def _post(
        self, upload: Upload, stored: StoredPost | None, deadline: Deadline
    ) -> StoredPost | InferenceUnavailable:
        """What the models make of the upload, or why they can't; what is stored if it is whole."""
        if stored is not None and not set(stored.degraded) - {LEGACY}:
            return stored
        try:
            return await extract_post(self._extractor, upload, deadline, kept=stored)
        except InferenceUnavailable as exc:
            return exc

    async def _legacy(self, upload: Upload, deadline: Deadline, *, wanted: bool) -> Vector | None:
        """The legacy vector, where it is `wanted` and can be had."""
        if self.mirror is None or upload.medium is None or not wanted:
            return None
        still = await self._extractor.still_of(upload.medium, deadline)
        return await self.mirror.vector(still, deadline)

    async def _mirrored(self, post: StoredPost, vector: Vector) -> StoredPost:
        """The post after it was written to the legacy collection, or as it is where it was not."""
        if self.mirror is None or not await self.mirror.put(post, vector):
            return post
        return await self._not_late(post)

    async def _not_late(self, post: StoredPost) -> StoredPost:
        left = tuple(name for name in post.degraded if name != LEGACY)
        await self._store.change_post(post.media_id, {"degraded": list(left)})
        return replace(post, degraded=left)


def _same(upload: Upload, stored: StoredPost) -> None:
    different = [
        name
        for name in ("author_id", "caption", "content_hash")
        if getattr(upload, name) != getattr(stored, name)
    ]
    if different:
        raise Conflict(
            f"media_id {upload.media_id!r} is stored with another {', '.join(different)}; "
            "delete it first to replace it"
        )
