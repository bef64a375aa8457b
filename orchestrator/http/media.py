"""POST, GET and DELETE /v1/media: posts in the store."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Response, UploadFile
from pydantic import BaseModel

from orchestrator.errors import NotFound
from orchestrator.extraction.content_type import ContentType
from orchestrator.http.dependencies import (
    FILE,
    Admitted,
    CaptionDep,
    DeadlineDep,
    Id,
    Moment,
    ServicesDep,
    check_moment,
    read_picture,
)
from orchestrator.http.forms import FormRoute
from orchestrator.ingestion import Upload
from orchestrator.store.records import StoredPost, Vector

router = APIRouter(prefix="/v1/media", tags=["media"], route_class=FormRoute)

# What an int64 index holds, with room to add comments to likes.
Counter = Annotated[int, Form(ge=0, le=10**15)]


class MediaAnswer(BaseModel):
    """A stored post; `degraded` names what a model failed to give, to be had by the same POST.

    `perceptual_hash`: 64 bits in hex, of which those of a copy of the picture differ in few; null
    where the picture shows too little, such as one colour.
    """

    media_id: str
    author_id: str
    caption: str | None
    ocr_text: str
    content_type: ContentType
    alignment_score: float | None
    has_text_embedding: bool
    likes: int
    comments: int
    created_at: datetime
    media_type: Literal["image", "text"]
    content_hash: str | None
    perceptual_hash: str | None
    model_fingerprint: dict[str, str]
    degraded: list[str]


class MediaWithVectors(MediaAnswer):
    """A stored post with its unit vectors, null where it has no such side."""

    visual_embedding: list[float] | None
    text_embedding: list[float] | None


@router.post(
    "",
    status_code=201,
    dependencies=[Admitted],
    responses={200: {"model": MediaAnswer, "description": "The same upload was stored before"}},
)
async def post_media(
    response: Response,
    services: ServicesDep,
    deadline: DeadlineDep,
    media_id: Annotated[Id, Form()],
    author_id: Annotated[Id, Form()],
    caption: CaptionDep,
    file: Annotated[UploadFile | None, FILE] = None,
    created_at: Annotated[Moment | None, Form(description="Now, if left out")] = None,
    likes: Counter = 0,
    comments: Counter = 0,
) -> MediaAnswer:
    """Extract and store a post: a picture, a caption, or both.

    Idempotent by `media_id`: the same author, file and caption again answer 200 with what is
    stored, whose counters and date stay; another author, file or caption is a 409.
    """
    upload = Upload(
        media_id=media_id,
        author_id=author_id,
        picture=await read_picture(file, services.settings) if file else None,
        caption=caption,
        created_at=check_moment("created_at", created_at or services.now(), services),
        likes=likes,
        comments=comments,
    )
    post, created = await services.ingestion.publish(upload, deadline)
    response.status_code = 201 if created else 200
    return _answer(post)


@router.get("/{media_id:path}", response_model=MediaWithVectors | MediaAnswer)
async def get_media(
    media_id: Id,
    services: ServicesDep,
    vectors: Annotated[bool, Query(description="Add the post's vectors")] = False,
) -> MediaAnswer:
    """A stored post."""
    posts = await services.store.get_posts([media_id], with_vectors=vectors)
    if media_id not in posts:
        raise NotFound(f"no post has media_id {media_id!r}")
    return _answer_with_vectors(posts[media_id]) if vectors else _answer(posts[media_id])


@router.delete("/{media_id:path}", status_code=204, response_class=Response)
async def delete_media(media_id: Id, services: ServicesDep) -> None:
    """Delete a post; viewers' events on it stay, and count no more."""
    if not await services.ingestion.delete(media_id):
        raise NotFound(f"no post has media_id {media_id!r}")


def _answer(post: StoredPost) -> MediaAnswer:
    return MediaAnswer.model_validate(post, from_attributes=True)


def _answer_with_vectors(post: StoredPost) -> MediaWithVectors:
    return MediaWithVectors(
        **_answer(post).model_dump(),
        visual_embedding=_listed(post.visual),
        text_embedding=_listed(post.text),
    )


def _listed(vector: Vector | None) -> list[float] | None:
    return None if vector is None else vector.tolist()
