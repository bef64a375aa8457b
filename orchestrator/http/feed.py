"""POST /v1/feed: a viewer's ranked posts, page by page."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from orchestrator.errors import InvalidRequest
from orchestrator.http.dependencies import Id, ServicesDep
from orchestrator.http.ranked import ExplainQuery, Ranked, WeightsField

router = APIRouter(prefix="/v1/feed", tags=["feed"])


class FeedRequest(BaseModel):
    """Whose feed, and which page: without `cursor`, the first one of a new session.

    `limit` is the cursor's, or 20, where it is left out. `weights` and `preview` are for a first
    page; a preview counts as served to nobody, and has no next page.
    """

    model_config = ConfigDict(extra="forbid")

    user_id: Id
    limit: Annotated[int | None, Field(ge=1, le=100)] = None
    cursor: str | None = None
    weights: WeightsField = None
    preview: bool = False


class FeedAnswer(BaseModel):
    """A page of a feed; `cursor` asks for the next one, null at the session's end.

    `variant` names the ranker that made it.
    """

    items: list[Ranked]
    cursor: str | None
    session_id: str
    variant: Literal["multimodal"]


@router.post("", response_model_exclude_unset=True)
async def post_feed(
    request: FeedRequest, services: ServicesDep, explain: ExplainQuery = False
) -> FeedAnswer:
    """A page of a viewer's feed; an unknown viewer gets what is new, popular and varied."""
    if request.cursor is None:
        page = await services.feed.first_page(
            request.user_id,
            limit=request.limit,
            weights=request.weights,
            preview=request.preview,
        )
    elif request.weights is not None or request.preview:
        raise InvalidRequest(
            "weights and preview are for the first page of a session; leave out the cursor"
        )
    else:
        page = await services.feed.next_page(
            request.user_id, cursor=request.cursor, limit=request.limit
        )
    return FeedAnswer(
        items=[Ranked.of(item, explain=explain) for item in page.items],
        cursor=page.cursor,
        session_id=page.session_id,
        variant="multimodal",
    )
