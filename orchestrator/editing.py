"""Changes to stored posts, none of which loses another that is made meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.deadline import Deadline
from orchestrator.errors import InvalidRequest, NotFound
from orchestrator.extraction.alignment import alignment_score
from orchestrator.extraction.extract import Extractor
from orchestrator.extraction.words import words_of
from orchestrator.inference.models import Fingerprints
from orchestrator.locks import Locks
from orchestrator.store.protocol import Change, Store
from orchestrator.store.records import StoredPost, Vector
from orchestrator.store.vectors import check_fingerprint

_OF_THE_CAPTION = frozenset({"text", "alignment"})
"""What a new caption gives anew, whatever a model failed to give before."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The vector of a caption and the text in the picture, and CLIP's of the caption alone."""

    text: Vector | None
    caption: Vector | None


@dataclass(frozen=True, slots=True)
class Editing:
    """Changes posts of `store`; `locks` are those of all that writes posts."""

    store: Store
    extractor: Extractor
    fingerprints: Fingerprints
    locks: Locks

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
        deadline: Deadline,
    ) -> StoredPost:
        """Give a post another caption, and its text vector and alignment with it.

        The models are asked before the post is locked, so that counters can change meanwhile. The
        content type stays: what it rests on is known of the caption only by the alignment, and of
        the picture no more. Raises NotFound, InvalidRequest where neither picture nor caption
        would be left, FingerprintMismatch, and InferenceUnavailable, upon which nothing changed.
        """
        post = await self._post(media_id)
        while True:
            words = await self._words(post, caption, deadline)
            async with self.locks.of(media_id):
                read_before, post = post, await self._post(media_id)
                # OCR may have been healed since.
                if post.ocr_text == read_before.ocr_text:
                    changed = _recaptioned(post, caption, words, changes)
                    await self.store.put_posts([changed])
                    return changed

    async def _words(self, post: StoredPost, caption: str | None, deadline: Deadline) -> _Words:
        if post.media_type == "text" and caption is None:
            raise InvalidRequest("a post needs a file, a caption, or both")
        text_vector = caption_vector = None
        text = words_of(caption, post.ocr_text)
        if text:
            text_vector, model = await self.extractor.embed_text(text, deadline)
            check_fingerprint("text", found=model.id, stored=self.fingerprints.text.id)
        if caption is not None and post.media_type == "image":
            caption_vector, model = await self.extractor.embed_caption(caption, deadline)
            check_fingerprint("visual", found=model.id, stored=self.fingerprints.caption.id)
        return _Words(text_vector, caption_vector)

    async def _post(self, media_id: str) -> StoredPost:
        posts = await self.store.get_posts([media_id], with_vectors=True)
        if media_id not in posts:
            raise _not_found(media_id)
        return posts[media_id]


def _recaptioned(
    post: StoredPost, caption: str | None, words: _Words, changes: Mapping[Change, Any]
) -> StoredPost:
    alignment = None
    if post.visual is not None and words.caption is not None:
        alignment = alignment_score(post.visual, words.caption)
    others: dict[str, Any] = {str(name): value for name, value in changes.items()}
    return replace(
        post,
        caption=caption,
        text=words.text,
        has_text_embedding=words.text is not None,
        alignment_score=alignment,
        degraded=tuple(name for name in post.degraded if name not in _OF_THE_CAPTION),
        **others,
    )


def _not_found(media_id: str) -> NotFound:
    return NotFound(f"no post has media_id {media_id!r}")
