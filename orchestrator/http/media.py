"""POST, GET and DELETE /v1/media: posts in the store."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Response, UploadFile

from orchestrator.errors import NotFound
from orchestrator.http import media_changes, thumbnails
from orchestrator.http.dependencies import (
    FILE,
    Admitted,
    CaptionDep,
    Id,
    MediaUrl,
    Moment,
    ServicesDep,
    check_moment,
    read_medium,
)
from orchestrator.http.forms import FormRoute
from orchestrator.http.media_answers import MediaAnswer, MediaWithVectors
from orchestrator.http.missing_posts import not_found
from orchestrator.upload import Upload

router = APIRouter(prefix="/v1/media", tags=["media"], route_class=FormRoute)
router.include_router(media_changes.router)
# Before the routes below: a path of any length is an id to them.
router.include_router(thumbnails.router)

# What an int64 index holds, with room to add comments to likes.
Counter = Annotated[int, Form(ge=0, le=10**15)]


@router.post(
    "",
    status_code=201,
    dependencies=[Admitted],
    responses={200: {"model": MediaAnswer, "description": "The same upload was stored before"}},
)
async def post_media(
    response: Response,
    services: ServicesDep,
    media_id: Annotated[Id, Form()],
    author_id: Annotated[Id, Form()],
    caption: CaptionDep,
    file: Annotated[UploadFile | None, FILE] = None,
    created_at: Annotated[Moment | None, Form(description="Now, if left out")] = None,
    likes: Counter = 0,
    comments: Counter = 0,
    media_url: Annotated[
        MediaUrl | None, Form(description="Where the medium can be fetched again")
    ] = None,
) -> MediaAnswer:
    """Extract and store a post: a picture or a video, a caption, or both.

    Idempotent by `media_id`: the same author, file and caption again answer 200 with what is
    stored, whose counters, date and URL stay; another author, file or caption is a 409.
    """
    upload = Upload(
        media_id=media_id,
        author_id=author_id,
        medium=await read_medium(file, services.settings) if file else None,
        caption=caption,
        created_at=check_moment("created_at", created_at or services.now(), services),
        likes=likes,
        comments=comments,
        media_url=media_url,
    )
    deadline = services.settings.time_limits.deadline(upload.medium)
    with services.admission.turn(upload.medium):
        post, created = await services.ingestion.publish(upload, deadline)
    services.followers.note(media_id, upload.medium)
    response.status_code = 201 if created else 200
    return MediaAnswer.of(post)


@router.get("/{media_id:path}", response_model=MediaWithVectors | MediaAnswer)
async def get_media(
    media_id: Id,
    services: ServicesDep,
    vectors: Annotated[bool, Query(description="Add the post's vectors")] = False,
) -> MediaAnswer:
    """A stored post; of one that is only in the legacy collection, a 404 says so."""
    posts = await services.store.get_posts([media_id], with_vectors=vectors)
    if media_id not in posts:
        raise await not_found(media_id, services)
    return MediaWithVectors.of(posts[media_id]) if vectors else MediaAnswer.of(posts[media_id])


@router.delete("/{media_id:path}", status_code=204, response_class=Response)
async def delete_media(media_id: Id, services: ServicesDep) -> None:
    """Delete a post; viewers' events on it stay, and count no more."""
    if not await services.ingestion.delete(media_id):
        raise NotFound(f"no post has media_id {media_id!r}")
