"""Ranked posts as callers see them: in a feed, or in a list of their own."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from orchestrator.feed.items import Item
from ranking.types import Signal

WeightsField = Annotated[
    dict[str, float] | None,
    Field(description="Replaces the named signals' weights for this request"),
]
ExplainQuery = Annotated[
    bool, Query(description="Add sources, matched interests and what diversity did")
]


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


class InterestAnswer(BaseModel):
    """An interest: of the post `media_id`, or null for the mean of the history."""

    model_config = ConfigDict(from_attributes=True)

    media_id: str | None
    weight: float


class ExplanationAnswer(BaseModel):
    """More of why a post stands where it stands; places count from 0.

    `redundancy` in [0, 1]: likeness to the posts right before it. `propensity`: the probability
    that chance gave this place to this post, null for a place by rank.
    """

    model_config = ConfigDict(from_attributes=True)

    sources: tuple[str, ...]
    interests: dict[str, InterestAnswer | None]
    place: int
    place_by_score: int
    redundancy: float
    propensity: float | None
    served_before: bool


class Ranked(BaseModel):
    """A post in its place; the contributions add up to `score`. A null signal is missing.

    `duplicates` are posts of the same content that this one stands for.
    """

    media_id: str
    score: float
    reason: str
    signals: dict[str, SignalAnswer | None]
    duplicates: tuple[str, ...]
    explanation: ExplanationAnswer | None = None

    @classmethod
    def of(cls, item: Item, *, explain: bool) -> "Ranked":
        """An item of a feed."""
        answer = cls(
            media_id=item.media_id,
            score=item.score,
            reason=item.reason,
            signals={name: SignalAnswer.of(signal) for name, signal in item.signals.items()},
            duplicates=item.duplicates,
        )
        if explain:
            answer.explanation = ExplanationAnswer.model_validate(item.explanation)
        return answer
