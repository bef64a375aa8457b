"""GET and PUT /v1/users/{id}/preferences: a viewer's vectors."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from orchestrator.feed.profile import Profile
from orchestrator.http.dependencies import Id, ServicesDep
from orchestrator.http.viewers import History, history_events
from ranking.types import Interest, Taste

router = APIRouter(prefix="/v1/users", tags=["feed"])


class PreferencesRequest(BaseModel):
    """The history to make the vectors of, in place of the recorded events."""

    model_config = ConfigDict(extra="forbid")

    history: History


class InterestVector(BaseModel):
    """A unit vector; of the post `media_id`, or null for the mean of the history.

    `weight` in (0, 1]: the share of the heaviest interest, or how strongly it is avoided.
    """

    media_id: str | None
    weight: float
    vector: list[float] | None

    @classmethod
    def of(cls, interest: Interest, *, vectors: bool) -> "InterestVector":
        """An interest as callers see it."""
        return cls(
            media_id=interest.media_id,
            weight=interest.weight,
            vector=interest.vector.tolist() if vectors else None,
        )


class TasteAnswer(BaseModel):
    """What a viewer likes and avoids in one modality, the heaviest first."""

    interests: list[InterestVector]
    avoided: list[InterestVector]

    @classmethod
    def of(cls, taste: Taste, *, vectors: bool) -> "TasteAnswer":
        """A taste as callers see it."""
        return cls(
            interests=[InterestVector.of(one, vectors=vectors) for one in taste.interests],
            avoided=[InterestVector.of(one, vectors=vectors) for one in taste.avoided],
        )


class PreferencesAnswer(BaseModel):
    """A viewer's vectors, made of `events` events; an unknown viewer has none."""

    user_id: str
    events: int
    built_at: datetime
    visual: TasteAnswer
    text: TasteAnswer
    unknown_history: list[str] = []


@router.get("/{user_id:path}/preferences")
async def get_preferences(
    user_id: Id,
    services: ServicesDep,
    vectors: Annotated[bool, Query(description="Leave the vectors out with false")] = True,
) -> PreferencesAnswer:
    """The vectors that the viewer's feed is made with, kept for an hour."""
    return _answer(user_id, await services.profiles.of(user_id), vectors=vectors)


@router.put("/{user_id:path}/preferences")
async def put_preferences(
    user_id: Id, request: PreferencesRequest, services: ServicesDep
) -> PreferencesAnswer:
    """Make the viewer's vectors of a given history.

    They are kept for an hour, or until an event that says as much as a like; then those of the
    recorded events follow.
    """
    events = history_events(request.history, user_id, services)
    viewer, unknown = await services.profiles.taste_of(events)
    profile = await services.profiles.keep(user_id, viewer, len(events))
    answer = _answer(user_id, profile, vectors=True)
    return answer.model_copy(update={"unknown_history": unknown})


def _answer(user_id: str, profile: Profile, *, vectors: bool) -> PreferencesAnswer:
    return PreferencesAnswer(
        user_id=user_id,
        events=profile.events,
        built_at=profile.built_at,
        visual=TasteAnswer.of(profile.viewer.visual, vectors=vectors),
        text=TasteAnswer.of(profile.viewer.text, vectors=vectors),
    )
