"""Uploads into the store: idempotent by media id, repaired where a model was away."""

from dataclasses import dataclass
from datetime import datetime

from orchestrator.deadline import Deadline
from orchestrator.errors import Conflict, InferenceUnavailable, InvalidRequest
from orchestrator.extraction.extract import Analysis, Extractor
from orchestrator.extraction.picture import Picture
from orchestrator.extraction.together import together
from orchestrator.locks import Locks
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost


@dataclass(frozen=True, slots=True)
class Upload:
    """A post as its author made it: a picture, a caption, or both; `media_url` as `StoredPost`."""

    media_id: str
    author_id: str
    picture: Picture | None
    caption: str | None
    created_at: datetime
    likes: int
    comments: int
    media_url: str | None = None

    @property
    def content_hash(self) -> str | None:
        """The picture's hash."""
        return self.picture.content_hash if self.picture else None


@dataclass(frozen=True, slots=True)
class _Hashed:
    """A picture's perceptual hash; None where it has none, or could not be had."""

    value: str | None
    degraded: tuple[str, ...] = ()


class Ingestion:
    """Extracts uploads and stores them. `locks` are by media id, for all that writes posts."""

    def __init__(self, extractor: Extractor, store: Store) -> None:
        self._extractor = extractor
        self._store = store
        self.locks = Locks()

    async def publish(self, upload: Upload, deadline: Deadline) -> tuple[StoredPost, bool]:
        """Store an upload; answers the post, and whether it is new.

        The same upload again changes nothing, except that what a model failed to give is tried
        again, and taken where it is more than there was. Raises Conflict where the media id
        belongs to another upload.
        """
        if upload.picture is None and not upload.caption:
            raise InvalidRequest("a post needs a file, a caption, or both")
        async with self.locks.of(upload.media_id):
            stored = (await self._store.get_posts([upload.media_id])).get(upload.media_id)
            if stored is not None:
                _same(upload, stored)
                if not stored.degraded:
                    return stored, False
            post = await extract_post(self._extractor, upload, deadline, kept=stored)
            if stored is not None and not set(post.degraded) < set(stored.degraded):
                return stored, False
            await self._store.put_posts([post])
            return post, stored is None

    async def delete(self, media_id: str) -> bool:
        """Delete a post; False if there was none. What writes it now is waited for."""
        async with self.locks.of(media_id):
            return await self._store.delete_post(media_id)


async def extract_post(
    extractor: Extractor, upload: Upload, deadline: Deadline, *, kept: StoredPost | None = None
) -> StoredPost:
    """The post of an upload; counters and date of one that is `kept` already stay.

    Raises what `Extractor.extract` raises.
    """
    analysis, hashed = await together(
        extractor.extract(upload.picture, upload.caption, deadline),
        _hash(extractor, upload.picture, deadline),
    )
    return _post(upload, kept or upload, analysis, hashed)


async def _hash(extractor: Extractor, picture: Picture | None, deadline: Deadline) -> _Hashed:
    if picture is None:
        return _Hashed(None)
    try:
        return _Hashed(await extractor.perceptual_hash(picture, deadline))
    except InferenceUnavailable:
        return _Hashed(None, degraded=("perceptual_hash",))


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


def _post(
    upload: Upload, kept: StoredPost | Upload, analysis: Analysis, hashed: _Hashed
) -> StoredPost:
    """A post of what was extracted, with counters, date and address of `kept`."""
    return StoredPost(
        media_id=upload.media_id,
        author_id=upload.author_id,
        caption=upload.caption,
        ocr_text=analysis.ocr_text,
        content_type=analysis.content_type,
        alignment_score=analysis.alignment,
        has_text_embedding=analysis.text is not None,
        likes=kept.likes,
        comments=kept.comments,
        created_at=kept.created_at,
        media_type="image" if upload.picture else "text",
        content_hash=upload.content_hash,
        model_fingerprint={
            "visual": analysis.fingerprints.visual.id,
            "text": analysis.fingerprints.text.id,
        },
        degraded=analysis.degraded + hashed.degraded,
        perceptual_hash=hashed.value,
        media_url=kept.media_url,
        visual=analysis.visual,
        text=analysis.text,
    )
