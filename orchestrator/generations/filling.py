"""Vectors of one generation for posts that another one stored."""

from dataclasses import dataclass

from orchestrator.content.video import Medium
from orchestrator.extraction.extract import Extractor
from orchestrator.extraction.words import words_of
from orchestrator.locks import Locks
from orchestrator.media.errors import MediaError
from orchestrator.post_media import PostMedia
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost, Vector
from orchestrator.store.vectors import check_fingerprint
from orchestrator.time_limits import TimeLimits


def is_filled(post: StoredPost) -> bool:
    """Whether a post that was read with its vectors lacks none of them."""
    has_visual = post.visual is not None or post.media_type == "text"
    has_text = post.text is not None or not words_of(post.caption, post.ocr_text)
    return has_visual and has_text


@dataclass(frozen=True, slots=True)
class Filler:
    """Asks the models of a generation, and writes to its `store`.

    `locks` are by media id, those of all that writes posts.
    """

    extractor: Extractor
    store: Store
    media: PostMedia
    locks: Locks
    limits: TimeLimits

    async def fill(self, media_id: str, medium: Medium | None = None) -> bool:
        """Make what a post lacks; False where it lacks nothing, or is no more.

        Its `medium` is looked for where it is not given. Raises MediaError where it can't be
        had, FingerprintMismatch where the models are not those of the store, and what models,
        decoder and store raise. A video's alignment stays as other models judged it, as a
        picture's does.
        """
        post = await self._post(media_id)
        while post is not None and not is_filled(post):
            text = await self._text(post)
            failure: MediaError | None = None
            try:
                visual = await self._visual(post, medium)
            except MediaError as exc:
                # What there is of the post is kept all the same.
                visual, failure = None, exc
            # Locked only now: a medium may take a minute to come.
            async with self.locks.of(media_id):
                read_before, post = post, await self._post(media_id)
                if post is not None and _is_same(post, read_before):
                    await self.store.put_vectors(media_id, visual=visual, text=text)
                    if failure is not None:
                        raise failure
                    return True
        return False

    async def _post(self, media_id: str) -> StoredPost | None:
        return (await self.store.get_posts([media_id], with_vectors=True)).get(media_id)

    async def _text(self, post: StoredPost) -> Vector | None:
        words = words_of(post.caption, post.ocr_text)
        if post.text is not None or not words:
            return post.text
        vector, model = await self.extractor.embed_text(words, self.limits.deadline(None))
        self._check("text", model.id)
        return vector

    async def _visual(self, post: StoredPost, medium: Medium | None) -> Vector | None:
        if post.media_type == "text" or post.visual is not None:
            return post.visual
        if medium is None or medium.content_hash != post.content_hash:
            medium = await self.media.medium_of(post)
        look, model = await self.extractor.look_at(medium, self.limits.deadline(medium))
        self._check("visual", model.id)
        return look.vector

    def _check(self, modality: str, found: str) -> None:
        check_fingerprint(modality, found=found, stored=self.store.schema.fingerprints[modality])


def _is_same(post: StoredPost, read_before: StoredPost) -> bool:
    """Whether what its vectors are made of, and those that it has, are as they were."""
    return (
        post.content_hash == read_before.content_hash
        and words_of(post.caption, post.ocr_text)
        == words_of(read_before.caption, read_before.ocr_text)
        and (post.visual is None) == (read_before.visual is None)
        and (post.text is None) == (read_before.text is None)
    )
