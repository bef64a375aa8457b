"""Posts whose vectors were computed elsewhere, by the models of the store."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from orchestrator.errors import Conflict, InvalidRequest
from orchestrator.extraction.content_type import ContentType
from orchestrator.legacy.mirror import Mirror
from orchestrator.locks import Locks
from orchestrator.store.protocol import Store
from orchestrator.store.records import MODALITIES, StoredPost, Vector
from orchestrator.store.vectors import check_fingerprint


@dataclass(frozen=True, slots=True)
class GivenPost:
    """A post as its caller tells it; what they leave out is None.

    `visual` and `text` are unit vectors, `fingerprints` by side say which models made them.
    """

    media_id: str
    author_id: str | None
    caption: str | None
    ocr_text: str | None
    content_type: ContentType | None
    created_at: datetime
    likes: int
    comments: int
    media_url: str | None
    visual: Vector | None
    text: Vector | None
    fingerprints: Mapping[str, str]

    @property
    def sides(self) -> list[str]:
        """What it has vectors of."""
        return [name for name in MODALITIES if getattr(self, name) is not None]


@dataclass(frozen=True, slots=True)
class ForeignVectors:
    """Puts such vectors into `store`; `locks` are those of all that writes posts.

    With a `mirror`, what is in the legacy collection alone keeps its author.
    """

    store: Store
    locks: Locks
    mirror: Mirror | None = None

    async def put(self, given: GivenPost) -> tuple[StoredPost, bool]:
        """Store a post of given vectors, or set those of one that is stored; and whether it is new.

        Of a stored post the vectors alone change, those that are given; who wrote it and what
        it says must be the same where they are given too. Raises FingerprintMismatch for another
        model's vectors, Conflict for another post, InvalidRequest for vectors of another
        dimension or norm, and where a new post has no author.
        """
        for modality in given.sides:
            check_fingerprint(
                modality,
                found=given.fingerprints[modality],
                stored=self.store.schema.fingerprints[modality],
            )
        async with self.locks.of(given.media_id):
            stored = await self._stored(given.media_id)
            if stored is None:
                post = _new(given, self.store.schema.fingerprints)
                if self.mirror is not None:
                    await self.mirror.place(post.media_id, post.author_id, repairs=False)
                await self.store.put_posts([post])
                return post, True
            _check_same(given, stored)
            return await self._set(given, stored), False

    async def _set(self, given: GivenPost, stored: StoredPost) -> StoredPost:
        visual = stored.visual if given.visual is None else given.visual
        text = stored.text if given.text is None else given.text
        post = replace(
            stored,
            visual=visual,
            text=text,
            has_text_embedding=text is not None,
            degraded=tuple(name for name in stored.degraded if name not in given.sides),
        )
        if _payload_is_same(post, stored):
            # Leaves the vectors of other models where they are.
            await self.store.put_vectors(given.media_id, visual=visual, text=text)
        else:
            await self.store.put_posts([post])
        return post

    async def _stored(self, media_id: str) -> StoredPost | None:
        return (await self.store.get_posts([media_id], with_vectors=True)).get(media_id)


def _payload_is_same(one: StoredPost, other: StoredPost) -> bool:
    return replace(one, visual=None, text=None) == replace(other, visual=None, text=None)


def _check_same(given: GivenPost, stored: StoredPost) -> None:
    different = [
        name
        for name in ("author_id", "caption", "ocr_text", "content_type")
        if getattr(given, name) not in (None, getattr(stored, name))
    ]
    if different:
        raise Conflict(
            f"media_id {given.media_id!r} is stored with another {', '.join(different)}; "
            "change its caption by PATCH, or delete it first to replace it"
        )


def _new(given: GivenPost, fingerprints: Mapping[str, str]) -> StoredPost:
    if given.author_id is None:
        raise InvalidRequest(
            f"no post has media_id {given.media_id!r}; give author_id to store a new one"
        )
    return StoredPost(
        media_id=given.media_id,
        author_id=given.author_id,
        caption=given.caption,
        ocr_text=given.ocr_text or "",
        content_type=given.content_type or _likely_type(given),
        alignment_score=None,
        has_text_embedding=given.text is not None,
        likes=given.likes,
        comments=given.comments,
        created_at=given.created_at,
        media_type="text" if given.visual is None else "image",
        content_hash=None,
        model_fingerprint=dict(fingerprints),
        media_url=given.media_url,
        visual=given.visual,
        text=given.text,
    )


def _likely_type(given: GivenPost) -> ContentType:
    """What a post is where nobody says so: by the sides that it has."""
    if given.visual is None:
        return "text_only"
    return "aesthetic" if given.text is None else "mixed"
