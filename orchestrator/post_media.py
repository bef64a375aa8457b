"""The medium of a stored post, for models that have not seen it, and for its thumbnail."""

import asyncio

from orchestrator.content.recognise import MediumLimits, recognise
from orchestrator.content.video import Medium
from orchestrator.errors import FeedlensError
from orchestrator.kept_uploads import KeptUploads
from orchestrator.media.errors import Missing, NoPath, Undecodable
from orchestrator.media.media import Media
from orchestrator.store.records import StoredPost


class PostMedia:
    """Media from the kept uploads, else from where their posts say that they lie."""

    def __init__(self, kept: KeptUploads, media: Media, limits: MediumLimits) -> None:
        self._kept = kept
        self._media = media
        self._limits = limits

    async def medium_of(self, post: StoredPost) -> Medium:
        """The very picture or video that the post was stored with.

        Raises MediaError where it can't be had, or is another one now; StoreUnavailable.
        """
        medium = await self._find(post)
        if post.content_hash is not None and medium.content_hash != post.content_hash:
            raise Missing("the medium that lies there now is not the one that was stored")
        return medium

    async def is_remote(self, post: StoredPost) -> bool:
        """Whether another machine has to be asked for it. Raises MediaError, StoreUnavailable."""
        if post.media_url is None or await self._kept.has(post.media_id):
            return False
        return self._media.is_remote(post.media_url)

    async def _find(self, post: StoredPost) -> Medium:
        file = await self._kept.read(post.media_id)
        if file is not None:
            try:
                return await asyncio.to_thread(recognise, file, self._limits)
            except FeedlensError as exc:
                raise Undecodable(f"the kept upload can't be read: {exc.detail}") from exc
        if post.media_url is None:
            raise NoPath("its upload was not kept, and it has no media_url")
        return await self._media.fetch(post.media_url)

    async def close(self) -> None:
        """Close what it fetches through."""
        await self._media.close()
