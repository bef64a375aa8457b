"""Small pictures of posts: made when they are first asked for, then kept beside the uploads."""

import asyncio
import logging

from orchestrator.admission import Admission
from orchestrator.background import Background
from orchestrator.content.picture import Picture
from orchestrator.content.video import Medium
from orchestrator.deadline import Deadline
from orchestrator.errors import NotFound, StoreUnavailable, Unavailable
from orchestrator.frames.decoder import Decoder
from orchestrator.kept_uploads import KeptUploads
from orchestrator.locks import Locks
from orchestrator.media.errors import MediaError, NoPath
from orchestrator.post_media import PostMedia
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost

_LOG = logging.getLogger(__name__)


class Thumbnails:
    """JPEGs of posts' media; one that must be made takes a place of `admission`.

    `locks` are by media id, those of all that writes posts.
    """

    def __init__(
        self,
        decoder: Decoder,
        media: PostMedia,
        kept: KeptUploads,
        locks: Locks,
        admission: Admission,
    ) -> None:
        self._decoder = decoder
        self._admission = admission
        self._media = media
        self._kept = kept
        self._locks = locks
        self._background = Background()
        self._making: dict[tuple[str, str | None], asyncio.Task[bytes]] = {}

    async def of(self, post: StoredPost, store: Store, deadline: Deadline) -> bytes:
        """The thumbnail of a post of `store`; whoever asks meanwhile waits for the same one.

        Raises NotFound where no medium can be had, UndecodableMedia, TooLarge, and Unavailable.
        """
        if post.media_type == "text":
            raise NotFound(f"the post {post.media_id!r} has no thumbnail: it is only text")
        kept = await self._read(post)
        if kept is not None:
            return kept
        key = (post.media_id, post.content_hash)
        making = self._making.get(key)
        if making is None:
            making = self._background.start(self._make(post, store, deadline))
            self._making[key] = making
            making.add_done_callback(lambda made: self._end(key, made))
        # It goes on where this caller leaves: others may wait for it.
        return await asyncio.shield(making)

    async def close(self) -> None:
        """End what is being made."""
        await self._background.close()

    async def _read(self, post: StoredPost) -> bytes | None:
        if post.content_hash is None:
            return None
        return await self._kept.read_thumbnail(post.media_id, post.content_hash)

    async def _make(self, post: StoredPost, store: Store, deadline: Deadline) -> bytes:
        with self._admission.place():
            # It may have been kept since this was asked for.
            kept = await self._read(post)
            if kept is not None:
                return kept
            medium = await self._medium(post, deadline)
            with self._admission.turn(medium):
                if isinstance(medium, Picture):
                    jpeg = await self._decoder.thumbnail(medium, deadline)
                else:
                    jpeg = (await self._decoder.sample(medium, deadline)).thumbnail
        await self._keep(post, jpeg, store)
        return jpeg

    async def _medium(self, post: StoredPost, deadline: Deadline) -> Medium:
        try:
            return await asyncio.wait_for(self._media.medium_of(post), deadline.remaining_s)
        except asyncio.TimeoutError as exc:
            raise Unavailable(f"the medium of {post.media_id!r} did not come in time") from exc
        except MediaError as exc:
            raise self._without(post, exc) from exc

    def _without(self, post: StoredPost, exc: MediaError) -> NotFound:
        # The details name hosts and paths, which are not for everybody who may look at a post.
        _LOG.info("no medium of %r: %s", post.media_id, exc.detail)
        why = exc.detail if isinstance(exc, NoPath) else f"its medium can't be had ({exc.reason})"
        detail = f"the post {post.media_id!r} has no thumbnail: {why}"
        if not self._kept.keeps:
            detail += "; uploads are kept where FEEDLENS_UPLOADS_PATH names a folder"
        return NotFound(detail)

    async def _keep(self, post: StoredPost, jpeg: bytes, store: Store) -> None:
        """Keep it as long as the post is the same: deleting it has to delete this too."""
        media_id, content_hash = post.media_id, post.content_hash
        if content_hash is None or not self._kept.keeps:
            return
        try:
            async with self._locks.of(media_id):
                stored = (await store.get_posts([media_id])).get(media_id)
                if stored is not None and stored.content_hash == content_hash:
                    await self._kept.keep_thumbnail(media_id, content_hash, jpeg)
        except StoreUnavailable as exc:
            _LOG.warning("the thumbnail of %r is not kept: %s", media_id, exc.detail)

    def _end(self, key: tuple[str, str | None], made: "asyncio.Task[bytes]") -> None:
        del self._making[key]
        if not made.cancelled():
            # Retrieved, though all who asked for it may have left.
            made.exception()
