"""POST /v1/search/text: posts by the meaning of their words, those in the picture included."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from orchestrator.errors import InvalidRequest
from orchestrator.extraction.content_type import ContentType
from orchestrator.http.dependencies import DeadlineDep, Id, Moment, ServicesDep, check_text
from orchestrator.store.manifest import check_fingerprint
from orchestrator.store.records import PostFilter

router = APIRouter(prefix="/v1/search", tags=["search"])

_Some = Field(max_length=100)


class FilterRequest(BaseModel):
    """Conditions that posts must all meet; an empty list is no condition."""

    model_config = ConfigDict(extra="forbid")

    author_ids: Annotated[list[Id], _Some] = []
    content_types: Annotated[list[ContentType], _Some] = []
    created_after: Moment | None = None

    def as_filter(self) -> PostFilter:
        """The store's own filter."""
        return PostFilter(tuple(self.author_ids), tuple(self.content_types), self.created_after)


class TextSearchRequest(BaseModel):
    """What to look for, in any words."""

    model_config = ConfigDict(extra="forbid")

    text: str
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    filter: FilterRequest = FilterRequest()


class Found(BaseModel):
    """A post; `score` is the cosine of text and post, and the sum of `contributions`."""

    media_id: str
    score: float
    contributions: dict[str, float]
    author_id: str
    caption: str | None
    ocr_text: str
    content_type: ContentType


class SearchAnswer(BaseModel):
    """Posts by falling score."""

    items: list[Found]


@router.post("/text")
async def search_text(
    request: TextSearchRequest, services: ServicesDep, deadline: DeadlineDep
) -> SearchAnswer:
    """Posts whose caption and text in the picture mean something similar."""
    text = check_text(request.text, services.settings)
    if not text:
        raise InvalidRequest("text is blank")
    vector, fingerprint = await services.extractor.embed_text(text, deadline)
    check_fingerprint("text", found=fingerprint.id, stored=services.fingerprints.text.id)
    neighbours = await services.store.nearest(
        "text", vector, limit=request.limit, where=request.filter.as_filter()
    )
    posts = await services.store.get_posts([neighbour.media_id for neighbour in neighbours])
    return SearchAnswer(
        items=[
            Found(
                media_id=post.media_id,
                score=neighbour.cosine,
                contributions={"text": neighbour.cosine},
                author_id=post.author_id,
                caption=post.caption,
                ocr_text=post.ocr_text,
                content_type=post.content_type,
            )
            for neighbour in neighbours
            # A post may have been deleted between the two reads.
            if (post := posts.get(neighbour.media_id)) is not None
        ]
    )
