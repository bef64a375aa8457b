"""POST /v1/feed: a viewer's ranked posts, page by page."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from orchestrator.errors import InvalidRequest
from orchestrator.http.dependencies import Id, ServicesDep
from orchestrator.http.ranked import ExplainQuery, Ranked, WeightsField

router = APIRouter(prefix="/v1/feed", tags=["feed"])


class FeedRequest(BaseModel):
    """Whose feed, and which page: without `cursor`, the first one of a new session.

    `limit` is the cursor's, or 20, where it is left out. `weights`, `preview` and `variant` are
    for a first page; a preview counts as served to nobody, and has no next page. `variant` names
    the ranker, "multimodal", "legacy" or one of an experiment's, in place of the one that the
    rollout chooses. The legacy ranker has no weights.
    """

    model_config = ConfigDict(extra="forbid")

    user_id: Id
    limit: Annotated[int | None, Field(ge=1, le=100)] = None
    cursor: str | None = None
    weights: WeightsField = None
    preview: bool = False
    variant: str | None = None


class FallbackAnswer(BaseModel):
    """The ranker that was chosen, and why it did not answer.

    `reason` is unavailable, timeout, circuit_open (it failed too often just now) or defect.
    """

    chosen: Annotated[str, Field(serialization_alias="from")]
    reason: str
    detail: str


class FeedAnswer(BaseModel):
    """A page of a feed; `cursor` asks for the next one, null at the session's end.

    `variant` names the ranker that made the session; its next pages stay with it. `fallback` says
    why it is not the one that was chosen, null where it is.
    """

    items: list[Ranked]
    cursor: str | None
    session_id: str
    variant: str
    fallback: FallbackAnswer | None


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
            variant=request.variant,
        )
    elif request.weights is not None or request.preview or request.variant is not None:
        raise InvalidRequest(
            "weights, preview and variant are for the first page of a session; leave out the cursor"
        )
    else:
        page = await services.feed.next_page(
            request.user_id, cursor=request.cursor, limit=request.limit
        )
    return FeedAnswer(
        items=[Ranked.of(item, explain=explain) for item in page.items],
        cursor=page.cursor,
        session_id=page.session_id,
        variant=page.variant,
        fallback=page.fallback and FallbackAnswer(**asdict(page.fallback)),
    )
