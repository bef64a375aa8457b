"""PATCH /v1/media/{id}, PUT /v1/media/{id}/vectors: stored posts changed, or brought whole."""

from datetime import datetime
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestrator.editing import Editing
from orchestrator.extraction.content_type import ContentType
from orchestrator.foreign_vectors import ForeignVectors, GivenPost
from orchestrator.http.dependencies import (
    Id,
    MediaUrl,
    Moment,
    ServicesDep,
    check_moment,
    check_text,
)
from orchestrator.http.media_answers import MediaAnswer
from orchestrator.http.missing_posts import check_stored
from orchestrator.services import Services
from orchestrator.store.protocol import LEGACY_CHANGES, Change, LegacyChange
from orchestrator.store.records import MODALITIES, Vector

router = APIRouter()

_Counter = Annotated[int, Field(ge=0, le=10**15)]
# A little above 1, as unit vectors were rounded; how near their norm is to 1 the store checks.
_UnitComponents = Annotated[
    list[Annotated[float, Field(ge=-1.01, le=1.01)]], Field(max_length=16_384)
]


class MediaPatch(BaseModel):
    """What to change; what is left out stays. A caption or URL that is null is removed."""

    model_config = ConfigDict(extra="forbid")

    likes: _Counter | None = None
    comments: _Counter | None = None
    created_at: Moment | None = None
    caption: str | None = None
    media_url: MediaUrl | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "MediaPatch":
        if not self.model_fields_set:
            raise ValueError("nothing to change is given")
        for name in ("likes", "comments", "created_at"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} can't be null")
        return self

    def changes(self, services: Services) -> dict[Change, object]:
        """What changes without a model."""
        names: tuple[Change, ...] = ("likes", "comments", "created_at", "media_url")
        changes = {name: getattr(self, name) for name in names if name in self.model_fields_set}
        if self.created_at is not None:
            changes["created_at"] = check_moment("created_at", self.created_at, services)
        return changes


class FingerprintsRequest(BaseModel):
    """Which models made the vectors, as GET /v1/media/{id} names them in `model_fingerprint`."""

    model_config = ConfigDict(extra="forbid")

    visual: str | None = None
    text: str | None = None


class VectorsPut(BaseModel):
    """Unit vectors of the models in use; for a new post also who wrote it and what it says.

    `content_type` of a new post, if left out: by the sides that it has vectors of.
    """

    model_config = ConfigDict(extra="forbid")

    visual: _UnitComponents | None = None
    text: _UnitComponents | None = None
    fingerprints: FingerprintsRequest
    author_id: Id | None = None
    caption: str | None = None
    ocr_text: str | None = None
    content_type: ContentType | None = None
    created_at: Moment | None = None
    likes: _Counter = 0
    comments: _Counter = 0
    media_url: MediaUrl | None = None

    @model_validator(mode="after")
    def _names_its_models(self) -> "VectorsPut":
        given = [name for name in MODALITIES if getattr(self, name) is not None]
        if not given:
            raise ValueError("give visual, text, or both")
        for name in given:
            if getattr(self.fingerprints, name) is None:
                raise ValueError(f"fingerprints.{name} is missing: say which model made {name}")
        return self

    def as_post(self, media_id: str, created_at: datetime, services: Services) -> GivenPost:
        """The post that is told."""
        settings = services.settings
        return GivenPost(
            media_id=media_id,
            author_id=self.author_id,
            caption=check_text(self.caption or "", settings) or None,
            ocr_text=check_text(self.ocr_text or "", settings) or None,
            content_type=self.content_type,
            created_at=created_at,
            likes=self.likes,
            comments=self.comments,
            media_url=self.media_url,
            visual=_vector(self.visual),
            text=_vector(self.text),
            fingerprints=self.fingerprints.model_dump(exclude_none=True),
        )


def get_editing(services: ServicesDep) -> Editing:
    """Changes the store's posts."""
    return Editing(
        store=services.store,
        extractor=services.extractor,
        fingerprints=services.fingerprints,
        locks=services.ingestion.locks,
        media=services.shared.post_media,
        limits=services.settings.time_limits,
    )


@router.patch("/{media_id:path}")
async def patch_media(
    media_id: Id,
    patch: MediaPatch,
    services: ServicesDep,
    editing: Annotated[Editing, Depends(get_editing)],
) -> MediaAnswer:
    """Change a post's counters, date, caption or URL.

    Another caption gives the post another text vector and alignment; its content type stays, and
    the upload under its old caption is another upload from then on. A video is looked at again for
    its alignment: where it is not kept and its `media_url` does not lead to it, the post has none,
    and is `degraded` by it until the same upload comes again.
    """
    changes = patch.changes(services)
    await check_stored(media_id, services)
    changed: set[LegacyChange] = {name for name in LEGACY_CHANGES if name in patch.model_fields_set}
    if "caption" not in changed:
        post = await editing.change(media_id, changes)
    else:
        caption = check_text(patch.caption or "", services.settings) or None
        post = await editing.recaption(media_id, caption, changes)
        services.followers.note(media_id)
    return MediaAnswer.of(await services.ingestion.follow(post, changed))


@router.put(
    "/{media_id:path}/vectors",
    status_code=201,
    responses={200: {"model": MediaAnswer, "description": "The post was stored before"}},
)
async def put_vectors(
    media_id: Id, body: VectorsPut, response: Response, services: ServicesDep
) -> MediaAnswer:
    """Store vectors that were computed elsewhere, by the models in use.

    Sets the given vectors of a stored post, whose other vector, counters and date stay, or stores
    a new post, which needs an `author_id`. The same again changes nothing.
    """
    created_at = check_moment("created_at", body.created_at or services.now(), services)
    given = body.as_post(media_id, created_at, services)
    ingestion = services.ingestion
    foreign = ForeignVectors(services.store, ingestion.locks, ingestion.mirror)
    post, created = await foreign.put(given)
    services.followers.note(media_id)
    response.status_code = 201 if created else 200
    return MediaAnswer.of(post)


def _vector(components: list[float] | None) -> Vector | None:
    return None if components is None else np.array(components, dtype=np.float32)
