"""POST /v1/rank: posts that the caller chose, in the order for a viewer."""

from collections import Counter
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestrator.errors import InvalidRequest
from orchestrator.feed.listing import ListedPost
from orchestrator.http.dependencies import Id, Moment, ServicesDep, check_moment
from orchestrator.http.ranked import ExplainQuery, Ranked, WeightsField
from orchestrator.http.viewers import History, VectorsRequest, history_events
from orchestrator.services import Services
from ranking.types import Viewer

router = APIRouter(prefix="/v1/rank", tags=["feed"])

MAX_POSTS = 1000
_Counter = Annotated[int, Field(ge=0, le=10**15)]


class RankPost(BaseModel):
    """A post of the store; counters and date, where given, stand in for the stored ones."""

    model_config = ConfigDict(extra="forbid")

    media_id: Id
    likes: _Counter | None = None
    comments: _Counter | None = None
    created_at: Moment | None = None


class RankRequest(BaseModel):
    """Posts, and the viewer: by `user_id`, by a `history`, or by `vectors`; one of the three."""

    model_config = ConfigDict(extra="forbid")

    posts: Annotated[list[RankPost], Field(min_length=1, max_length=MAX_POSTS)]
    user_id: Id | None = None
    history: History | None = None
    vectors: VectorsRequest | None = None
    weights: WeightsField = None
    limit: Annotated[int | None, Field(ge=1, le=MAX_POSTS)] = None

    @model_validator(mode="after")
    def _one_viewer(self) -> "RankRequest":
        given = [self.user_id, self.history, self.vectors]
        if sum(one is not None for one in given) != 1:
            raise ValueError("give one of user_id, history and vectors")
        return self


class RankAnswer(BaseModel):
    """The posts in order; `unknown_posts` and `unknown_history` are not in the store."""

    items: list[Ranked]
    unknown_posts: list[str]
    unknown_history: list[str]


@router.post("", response_model_exclude_unset=True)
async def post_rank(
    request: RankRequest, services: ServicesDep, explain: ExplainQuery = False
) -> RankAnswer:
    """Rank the caller's posts by the same code as a feed; what was seen is not left out."""
    viewer, unknown_history = await _viewer(request, services)
    listed = await services.lists.rank(
        _listed(request.posts, services), viewer, weights=request.weights, limit=request.limit
    )
    return RankAnswer(
        items=[Ranked.of(item, explain=explain) for item in listed.items],
        unknown_posts=listed.unknown,
        unknown_history=unknown_history,
    )


async def _viewer(request: RankRequest, services: Services) -> tuple[Viewer, list[str]]:
    if request.user_id is not None:
        return (await services.profiles.of(request.user_id)).viewer, []
    if request.vectors is not None:
        return request.vectors.viewer(services), []
    events = history_events(request.history or [], "", services)
    return await services.profiles.taste_of(events)


def _listed(posts: list[RankPost], services: Services) -> list[ListedPost]:
    counts = Counter(post.media_id for post in posts)
    repeated = sorted(media_id for media_id, count in counts.items() if count > 1)
    if repeated:
        raise InvalidRequest(
            f"{len(repeated)} posts stand twice in the list, such as {repeated[0]!r}",
            members={"duplicates": repeated},
        )
    return [
        replace(
            ListedPost(post.media_id, post.likes, post.comments),
            created_at=post.created_at
            and check_moment(f"posts.{number}.created_at", post.created_at, services),
        )
        for number, post in enumerate(posts)
    ]
