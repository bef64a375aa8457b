"""Small pictures of posts: made when they are first asked for, then kept beside the uploads."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

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
from orchestrator.queues import Queue
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost

_LOG = logging.getLogger(__name__)
_LENGTH = 256
"""Of each queue. What waits holds a post, no medium."""
# A picture may have 25 MB, as it comes twice that.
_PICTURES_AT_ONCE = 2
_REMOTE_AT_ONCE = 2
# Uploads wait for the same decoder.
_VIDEOS_AT_ONCE = 1


_Key = tuple[str, str | None]


@dataclass(slots=True)
class _Making:
    """A thumbnail in work until `deadline`, and the `latest` of those who wait for it."""

    task: "asyncio.Task[bytes]"
    deadline: Deadline
    latest: Deadline

    async def result(self, deadline: Deadline) -> bytes:
        """What it yields; Unavailable once a deadline has passed that is not its own."""
        self.latest = max(self.latest, deadline, key=lambda each: each.at_s)
        # By its own it ends itself, and says what took so long.
        timeout_s = None if deadline == self.deadline else deadline.remaining_s
        done, _ = await asyncio.wait([self.task], timeout=timeout_s)
        if not done:
            raise Unavailable("the thumbnail was not made within the request's time")
        try:
            return done.pop().result()
        finally:
            # See `Thumbnails.of`.
            del self


class Thumbnails:
    """JPEGs of posts' media; those that must be made wait in queues, apart from uploads.

    What is at hand never waits for what another machine is slow to send, nor a picture for a
    video. `locks` are by media id, those of all that writes posts.
    """

    def __init__(
        self,
        decoder: Decoder,
        media: PostMedia,
        kept: KeptUploads,
        locks: Locks,
        *,
        queue_length: int = _LENGTH,
    ) -> None:
        self._decoder = decoder
        self._media = media
        self._kept = kept
        self._locks = locks
        self._background = Background()
        self._making: dict[_Key, _Making] = {}
        self._pictures, self._videos, self._remote = (
            Queue(what, at_once=at_once, length=queue_length)
            for what, at_once in (
                ("thumbnails of pictures", _PICTURES_AT_ONCE),
                ("thumbnails of videos", _VIDEOS_AT_ONCE),
                ("thumbnails of media from elsewhere", _REMOTE_AT_ONCE),
            )
        )

    async def of(self, post: StoredPost, store: Store, deadline: Deadline) -> bytes:
        """The thumbnail of a post of `store`; whoever asks meanwhile waits for the same one.

        Raises NotFound where no medium can be had, UndecodableMedia, TooLarge, and Unavailable.
        """
        if post.media_type == "text":
            raise NotFound(f"the post {post.media_id!r} has no thumbnail: it is only text")
        kept = await self._read(post)
        if kept is not None:
            return kept
        key, until = (post.media_id, post.content_hash), deadline
        while True:
            making = self._making.get(key)
            is_mine = making is None
            if making is None:
                making = self._start(key, self._make(post, store, until), until)
            try:
                return await making.result(deadline)
            except Unavailable:
                # Another's may have had less time than this caller has.
                if is_mine or deadline.remaining_s == 0 or making.deadline.remaining_s > 0:
                    raise
                until = making.latest
                self._forget(key, making)
            finally:
                # An error and this frame would hold each other, and the medium with them.
                del making

    async def close(self) -> None:
        """End what is being made."""
        await self._background.close()

    async def _read(self, post: StoredPost) -> bytes | None:
        if post.content_hash is None:
            return None
        return await self._kept.read_thumbnail(post.media_id, post.content_hash)

    def _start(self, key: _Key, work: Coroutine[Any, Any, bytes], deadline: Deadline) -> _Making:
        """It goes on where its caller leaves: others may wait for it."""
        making = _Making(self._background.start(work), deadline, deadline)
        self._making[key] = making
        making.task.add_done_callback(lambda _: self._forget(key, making))
        making.task.add_done_callback(_heard)
        return making

    async def _make(self, post: StoredPost, store: Store, deadline: Deadline) -> bytes:
        try:
            queue = await self._queue(post)
            async with queue.turn(deadline):
                # It may have been kept since this was asked for.
                kept = await self._read(post)
                if kept is not None:
                    return kept
                jpeg = await self._decoded(post, deadline)
        except MediaError as exc:
            raise self._without(post, exc) from exc
        await self._keep(post, jpeg, store)
        return jpeg

    async def _queue(self, post: StoredPost) -> Queue:
        if await self._media.is_remote(post):
            return self._remote
        return self._videos if post.media_type == "video" else self._pictures

    async def _decoded(self, post: StoredPost, deadline: Deadline) -> bytes:
        medium = await self._medium(post, deadline)
        if isinstance(medium, Picture):
            return await self._decoder.thumbnail(medium, deadline)
        return (await self._decoder.sample(medium, deadline)).thumbnail

    async def _medium(self, post: StoredPost, deadline: Deadline) -> Medium:
        try:
            return await asyncio.wait_for(self._media.medium_of(post), deadline.remaining_s)
        except asyncio.TimeoutError as exc:
            raise Unavailable(f"the medium of {post.media_id!r} did not come in time") from exc

    def _without(self, post: StoredPost, exc: MediaError) -> NotFound | Unavailable:
        # The details name hosts and paths, which are not for everybody who may look at a post.
        _LOG.info("no medium of %r: %s", post.media_id, exc.detail)
        if exc.is_passing:
            return Unavailable(f"the medium of {post.media_id!r} is away for now ({exc.reason})")
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

    def _forget(self, key: _Key, made: _Making) -> None:
        if self._making.get(key) is made:
            del self._making[key]


def _heard(made: "asyncio.Task[bytes]") -> None:
    """Not to be complained of where all who asked for it have left."""
    if not made.cancelled():
        made.exception()
