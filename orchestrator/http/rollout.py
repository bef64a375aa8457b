"""GET /v1/rollout: who is served by which ranker, and how it goes."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from orchestrator.http.dependencies import Id, ServicesDep
from orchestrator.rollout.breaker import Breaker, State
from orchestrator.rollout.flags import Source
from orchestrator.rollout.flags_file import FlagsFile
from orchestrator.rollout.shadow import Shadow

router = APIRouter(prefix="/v1/rollout", tags=["feed"])


class FlagsAnswer(BaseModel):
    """The flags in force, and where each comes from; the switch is on where both say so.

    `problem` says why the file, as it is now, is not followed.
    """

    use_multimodal_embeddings: bool
    percent: float
    shadow_percent: float
    sources: dict[str, Source]
    path: str
    problem: str | None
    legacy_ranker: bool

    @classmethod
    def of(cls, file: FlagsFile) -> "FlagsAnswer":
        """What is in force now."""
        flags = file.flags
        return cls(
            use_multimodal_embeddings=flags.use_multimodal_embeddings,
            percent=flags.percent,
            shadow_percent=flags.shadow_percent,
            sources=file.sources,
            path=str(file.path),
            problem=file.problem,
            legacy_ranker=file.has_legacy,
        )


class BreakerAnswer(BaseModel):
    """open: the chosen ranker is not asked, for `retry_in_s` more; half_open: one attempt is."""

    state: State
    retry_in_s: float

    @classmethod
    def of(cls, breaker: Breaker) -> "BreakerAnswer":
        """As it is now."""
        return cls(state=breaker.state, retry_in_s=round(breaker.retry_in_s, 3))


class ShadowAnswer(BaseModel):
    """How far the two rankers agreed: means over the sessions that were `compared`.

    `rank_correlation` is Kendall's τ-b of what both ranked. `failed` counts by reason; `skipped`
    are sessions that came while others were being compared.
    """

    compared: int
    overlap_at_10: float | None
    overlap_at_20: float | None
    rank_biased_overlap: float | None
    rank_correlation: float | None
    failed: dict[str, int]
    skipped: int

    @classmethod
    def of(cls, shadow: Shadow) -> "ShadowAnswer":
        """Up to now."""
        return cls(
            compared=shadow.means.count,
            failed=dict(shadow.failed),
            skipped=shadow.skipped,
            **shadow.means.values,
        )


class ChoiceAnswer(BaseModel):
    """What a new session of a viewer is made by, and what decides for it."""

    model_config = ConfigDict(from_attributes=True)

    variant: str
    reason: str


class RolloutAnswer(BaseModel):
    """Counts are of this process, since its start.

    `sessions`: first pages that were served, by variant; `empty`: those without a post.
    `fallbacks`: how often the legacy ranker was asked instead, by reason; `unanswered`: those of
    them where it had no answer either. `choice` is for `user_id`, where that is asked for.
    """

    flags: FlagsAnswer
    breaker: BreakerAnswer
    variants: list[str]
    sessions: dict[str, int]
    empty: dict[str, int]
    fallbacks: dict[str, int]
    unanswered: dict[str, int]
    shadow: ShadowAnswer
    choice: ChoiceAnswer | None


@router.get("")
async def get_rollout(
    services: ServicesDep, user_id: Annotated[Id | None, Query()] = None
) -> RolloutAnswer:
    """Flags, circuit breaker, counts and the comparison in the shadow."""
    rollout, rankers = services.shared.rollout, services.generation.rankers
    choice = None if user_id is None else rankers.choose(user_id)
    return RolloutAnswer(
        flags=FlagsAnswer.of(rollout.flags_file),
        breaker=BreakerAnswer.of(rollout.breaker),
        variants=rankers.variants,
        sessions=rollout.tally.sessions,
        empty=rollout.tally.empty,
        fallbacks=rollout.tally.fallbacks,
        unanswered=rollout.tally.unanswered,
        shadow=ShadowAnswer.of(rollout.shadow),
        choice=choice and ChoiceAnswer.model_validate(choice),
    )
