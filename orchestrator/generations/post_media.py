"""The picture of a stored post, for models that have not seen it."""

import asyncio

from orchestrator.content.picture import Picture, inspect
from orchestrator.errors import FeedlensError
from orchestrator.kept_uploads import KeptUploads
from orchestrator.media.errors import Missing, NoPath, NotAPicture
from orchestrator.media.media import Media
from orchestrator.store.records import StoredPost


class PostMedia:
    """Pictures from the kept uploads, else from where their posts say that they lie."""

    def __init__(self, kept: KeptUploads, media: Media, *, max_pixels: int) -> None:
        self._kept = kept
        self._media = media
        self._max_pixels = max_pixels

    async def picture_of(self, post: StoredPost) -> Picture:
        """The very picture that the post was stored with.

        Raises MediaError where it can't be had, or is another one now; StoreUnavailable.
        """
        picture = await self._find(post)
        if post.content_hash is not None and picture.content_hash != post.content_hash:
            raise Missing("the medium that lies there now is not the one that was stored")
        return picture

    async def _find(self, post: StoredPost) -> Picture:
        data = await self._kept.read(post.media_id)
        if data is not None:
            try:
                return await asyncio.to_thread(inspect, data, max_pixels=self._max_pixels)
            except FeedlensError as exc:
                raise NotAPicture(f"the kept upload can't be read: {exc.detail}") from exc
        if post.media_url is None:
            raise NoPath("its upload was not kept, and it has no media_url")
        return await self._media.fetch(post.media_url)

    async def close(self) -> None:
        """Close what it fetches through."""
        await self._media.close()
