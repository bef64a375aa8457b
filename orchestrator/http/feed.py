"""POST /v1/feed: a viewer's ranked posts."""

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from orchestrator.feed.reasons import reason
from orchestrator.http.dependencies import Id, ServicesDep
from ranking.types import RankedPost, Signal

router = APIRouter(prefix="/v1/feed", tags=["feed"])


class FeedRequest(BaseModel):
    """Whose feed. Only the first page is served so far: `cursor` must be null."""

    model_config = ConfigDict(extra="forbid")

    user_id: Id
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: None = None


class SignalAnswer(BaseModel):
    """`raw` in the signal's own unit, `value` in [0, 1]; `contribution` = value · weight."""

    raw: float
    value: float
    weight: float
    contribution: float

    @classmethod
    def of(cls, signal: Signal | None) -> "SignalAnswer | None":
        """A signal, or null for a missing one."""
        return None if signal is None else cls(**signal._asdict())


class Ranked(BaseModel):
    """A post in its place; the contributions add up to `score`. A null signal is missing."""

    media_id: str
    score: float
    reason: str
    signals: dict[str, SignalAnswer | None]

    @classmethod
    def of(cls, ranked: RankedPost) -> "Ranked":
        """A ranked post as callers see it."""
        return cls(
            media_id=ranked.post.media_id,
            score=ranked.score,
            reason=reason(ranked.signals),
            signals={name: SignalAnswer.of(signal) for name, signal in ranked.signals.items()},
        )


class FeedAnswer(BaseModel):
    """A page of a feed; `variant` names the ranker that made it."""

    items: list[Ranked]
    cursor: str | None
    session_id: str
    variant: Literal["multimodal"]


@router.post("")
async def post_feed(request: FeedRequest, services: ServicesDep) -> FeedAnswer:
    """The first page of a viewer's feed; an unknown viewer gets what is new and popular."""
    page = await services.feed.first_page(request.user_id, limit=request.limit, now=services.now())
    return FeedAnswer(
        items=[Ranked.of(ranked) for ranked in page],
        cursor=None,
        session_id=str(uuid.uuid4()),
        variant="multimodal",
    )
