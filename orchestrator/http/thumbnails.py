"""GET /v1/media/{id}/thumbnail: a small JPEG of a post's picture or video."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from orchestrator.deadline import Deadline
from orchestrator.frames.process import THUMBNAIL_PX
from orchestrator.http.dependencies import ServicesDep
from orchestrator.http.media_answers import MediaAnswer, MediaWithVectors
from orchestrator.http.missing_posts import not_found

router = APIRouter()

_SUFFIX = "/thumbnail"
_MAX_ID_CHARS = 256
# The same id may be another medium's, once its post was deleted and uploaded anew.
_CACHE_CONTROL = "private, max-age=300"


@router.get(
    "/{media_id:path}/thumbnail",
    response_class=Response,
    responses={
        200: {
            "content": {"image/jpeg": {}},
            "description": f"A JPEG, no side over {THUMBNAIL_PX} pixels",
        },
        304: {"description": "It is the one that If-None-Match names"},
    },
)
async def get_thumbnail(
    media_id: Annotated[str, Path(max_length=_MAX_ID_CHARS)],
    services: ServicesDep,
    if_none_match: Annotated[str | None, Header()] = None,
    vectors: Annotated[bool, Query(include_in_schema=False)] = False,
) -> Response:
    """A small picture of a post, of a video the frame that stands for it; 404 says why not.

    Where no post has this id, and one has an id that ends in `/thumbnail`, that post is answered.
    """
    whole = media_id + _SUFFIX
    ids = [an_id for an_id in (media_id, whole) if 0 < len(an_id) <= _MAX_ID_CHARS]
    posts = await services.store.get_posts(ids, with_vectors=vectors)
    if media_id not in posts and whole in posts:
        kind = MediaWithVectors if vectors else MediaAnswer
        return Response(kind.of(posts[whole]).model_dump_json(), media_type="application/json")
    if media_id not in posts:
        raise await not_found(media_id, services)
    post = posts[media_id]
    if post.content_hash is not None and _is_named(_tag(post.content_hash), if_none_match):
        return Response(status_code=304, headers=_headers(_tag(post.content_hash)))
    limits = services.settings.time_limits
    deadline = Deadline.after(limits.video_s if post.media_type == "video" else limits.other_s)
    jpeg = await services.thumbnails.of(post, services.store, deadline)
    tag = _tag(post.content_hash or hashlib.sha256(jpeg).hexdigest())
    if _is_named(tag, if_none_match):
        return Response(status_code=304, headers=_headers(tag))
    return Response(jpeg, media_type="image/jpeg", headers=_headers(tag))


def _tag(content_hash: str) -> str:
    """Of the content that it is made of: it stays as long as that does."""
    return f'"{content_hash.removeprefix("sha256:")}"'


def _is_named(tag: str, if_none_match: str | None) -> bool:
    """Whether a client has it (RFC 9110, 13.1.2)."""
    named = [entry.strip().removeprefix("W/") for entry in (if_none_match or "").split(",")]
    return tag in named or "*" in named


def _headers(tag: str) -> dict[str, str]:
    return {
        "ETag": tag,
        "Cache-Control": _CACHE_CONTROL,
        "X-Content-Type-Options": "nosniff",
    }
