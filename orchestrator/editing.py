"""Changes to stored posts, none of which loses another that is made meanwhile."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.deadline import Deadline
from orchestrator.errors import InvalidRequest, NotFound, TooLarge, UndecodableMedia
from orchestrator.extraction.extract import Extractor
from orchestrator.extraction.seen import Look
from orchestrator.extraction.words import words_of
from orchestrator.inference.models import Fingerprints
from orchestrator.locks import Locks
from orchestrator.media.errors import MediaError
from orchestrator.post_media import PostMedia
from orchestrator.store.protocol import Change, Store
from orchestrator.store.records import StoredPost, Vector
from orchestrator.store.vectors import check_fingerprint
from orchestrator.time_limits import TimeLimits

_LOG = logging.getLogger(__name__)

_OF_THE_CAPTION = frozenset({"text", "alignment"})
"""What a new caption gives anew, whatever a model failed to give before."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The vector of a caption and the text in the medium, and how well the caption describes it.

    `degraded` names what could not be had.
    """

    text: Vector | None
    alignment: float | None
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Editing:
    """Changes posts of `store`; `locks` are those of all that writes posts.

    Videos are got again from `media`: their alignment needs their frames. Where one can't be had,
    or not as it was, the post is degraded by its alignment, which the same upload gives again.
    """

    store: Store
    extractor: Extractor
    fingerprints: Fingerprints
    locks: Locks
    media: PostMedia
    limits: TimeLimits

    async def change(self, media_id: str, changes: Mapping[Change, Any]) -> StoredPost:
        """Change what needs no model; NotFound."""
        async with self.locks.of(media_id):
            if not await self.store.change_post(media_id, changes):
                raise _not_found(media_id)
            return await self._post(media_id)

    async def recaption(
        self,
        media_id: str,
        caption: str | None,
        changes: Mapping[Change, Any],
    ) -> StoredPost:
        """Give a post another caption, and its text vector and alignment with it.

        The models are asked before the post is locked, so that counters can change meanwhile. The
        content type stays: what it rests on is known of the caption only by the alignment, and of
        the picture no more. Raises NotFound, InvalidRequest where neither picture nor caption
        would be left, FingerprintMismatch, and Unavailable, upon which nothing changed.
        """
        post = await self._post(media_id)
        while True:
            words = await self._words(post, caption)
            async with self.locks.of(media_id):
                read_before, post = post, await self._post(media_id)
                # OCR may have been healed since, or another medium uploaded.
                if _is_same(post, read_before):
                    changed = _recaptioned(post, caption, words, changes)
                    await self.store.put_posts([changed])
                    return changed

    async def _words(self, post: StoredPost, caption: str | None) -> _Words:
        if post.media_type == "text" and caption is None:
            raise InvalidRequest("a post needs a file, a caption, or both")
        deadline = self.limits.deadline(None)
        text_vector = None
        text = words_of(caption, post.ocr_text)
        if text:
            text_vector, model = await self.extractor.embed_text(text, deadline)
            check_fingerprint("text", found=model.id, stored=self.fingerprints.text.id)
        if caption is None or post.visual is None:
            return _Words(text_vector, None)
        caption_vector, model = await self.extractor.embed_caption(caption, deadline)
        check_fingerprint("visual", found=model.id, stored=self.fingerprints.caption.id)
        look = await self._look(post, post.visual)
        if look is None:
            return _Words(text_vector, None, degraded=("alignment",))
        return _Words(text_vector, look.alignment(caption_vector))

    async def _look(self, post: StoredPost, visual: Vector) -> Look | None:
        """What a post looks like; None for a video that can't be had or read any more."""
        if post.media_type != "video":
            return Look(visual)
        deadline = Deadline.after(self.limits.video_s)
        try:
            medium = await asyncio.wait_for(self.media.medium_of(post), deadline.remaining_s)
            look, model = await self.extractor.look_at(medium, deadline)
        except asyncio.TimeoutError:
            _LOG.warning("the video of %r did not come in time", post.media_id)
            return None
        except (MediaError, UndecodableMedia, TooLarge) as exc:
            _LOG.warning("the frames of %r can't be had: %s", post.media_id, exc.detail)
            return None
        check_fingerprint("visual", found=model.id, stored=self.fingerprints.visual.id)
        return look

    async def _post(self, media_id: str) -> StoredPost:
        posts = await self.store.get_posts([media_id], with_vectors=True)
        if media_id not in posts:
            raise _not_found(media_id)
        return posts[media_id]


def _recaptioned(
    post: StoredPost, caption: str | None, words: _Words, changes: Mapping[Change, Any]
) -> StoredPost:
    left = tuple(name for name in post.degraded if name not in _OF_THE_CAPTION)
    others: dict[str, Any] = {str(name): value for name, value in changes.items()}
    return replace(
        post,
        caption=caption,
        text=words.text,
        has_text_embedding=words.text is not None,
        alignment_score=words.alignment,
        degraded=(*left, *words.degraded),
        **others,
    )


def _is_same(post: StoredPost, read_before: StoredPost) -> bool:
    """Whether what was asked of the models still holds."""
    return (post.ocr_text, post.content_hash, post.visual is None) == (
        read_before.ocr_text,
        read_before.content_hash,
        read_before.visual is None,
    )


def _not_found(media_id: str) -> NotFound:
    return NotFound(f"no post has media_id {media_id!r}")
