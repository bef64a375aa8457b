"""/v1/generations: models change while the service runs."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from orchestrator.errors import NotFound
from orchestrator.generations.backfill import Backfill
from orchestrator.generations.comparison import Comparison, Side, compare
from orchestrator.http.dependencies import ServicesDep
from orchestrator.services import Services

_MAX_PORT = 65_535

router = APIRouter(prefix="/v1/generations", tags=["generations"])

Workers = Annotated[int, Query(ge=1, le=64, description="Posts in work at the same time")]
Force = Annotated[bool, Query(description="Although vectors are missing")]


def _port_fits(triton_url: str) -> str:
    if not 0 < int(triton_url.rpartition(":")[2]) <= _MAX_PORT:
        raise ValueError(f"the port must lie between 1 and {_MAX_PORT}")
    return triton_url


class BackfillAnswer(BaseModel):
    """A run over all posts; `state` is running, done, or why it ended early.

    `filled` in this run, `known` before it; `failed` by `reasons`, one line each in `report`.
    """

    state: str
    filled: int
    known: int
    failed: int
    reasons: dict[str, int]
    report: str

    @classmethod
    def of(cls, run: Backfill) -> "BackfillAnswer":
        """A run as callers see it."""
        kinds = run.tally.kinds
        return cls(
            state=run.state,
            filled=kinds["done"],
            known=kinds["known"],
            failed=kinds["failed"],
            reasons=dict(run.tally.reasons),
            report=str(run.report_path),
        )


class GenerationAnswer(BaseModel):
    """A pair of models, and how far their vectors are.

    `active`: it serves. `connected`: this process has a Triton with its models. `filled_share`: of
    posts drawn at random, how many have all their vectors of it; null without posts.
    """

    id: str
    fingerprints: dict[str, str]
    dimensions: dict[str, int]
    active: bool
    connected: bool
    filled_share: float | None
    backfill: BackfillAnswer | None


class GenerationsAnswer(BaseModel):
    """All that the store has; `followed` and `missed` count uploads into those beside it."""

    generations: list[GenerationAnswer]
    followed: int
    missed: int


class ConnectRequest(BaseModel):
    """host:port of the gRPC of a Triton with other models."""

    model_config = ConfigDict(extra="forbid")

    triton_url: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9.\-_\[\]:]{1,253}:\d{1,5}$"), AfterValidator(_port_fits)
    ]


class ComparisonAnswer(BaseModel):
    """Another generation beside the one that serves, on samples.

    `neighbours`: by modality, the mean share of a post's ten nearest that both have. `feeds`: of
    the viewers' feeds by both, means of overlaps, rank-biased overlap and Kendall's τ-b.
    """

    posts: dict[str, int]
    neighbours: dict[str, float | None]
    viewers: int
    feeds: dict[str, float | None]

    @classmethod
    def of(cls, made: Comparison) -> "ComparisonAnswer":
        """A comparison as callers see it."""
        return cls.model_validate(made, from_attributes=True)


@router.get("")
async def get_generations(services: ServicesDep) -> GenerationsAnswer:
    """The pairs of models that posts have vectors of, and which of them serve."""
    found = []
    for key in services.generations.known():
        # One may be dropped meanwhile.
        with suppress(NotFound):
            found.append(await _answer(key, services))
    return GenerationsAnswer(
        generations=found,
        followed=services.followers.filled,
        missed=services.followers.missed,
    )


@router.post("", status_code=201)
async def connect_generation(request: ConnectRequest, services: ServicesDep) -> GenerationAnswer:
    """Take in the models of another Triton, until the next start; uploads get both vectors."""
    return await _answer(await services.connections.connect(request.triton_url), services)


@router.post("/{key}/backfill", status_code=202)
async def start_backfill(key: str, services: ServicesDep, workers: Workers = 4) -> BackfillAnswer:
    """Make a generation's vectors for all posts that lack them, in the background."""
    return BackfillAnswer.of(services.backfills.start(key, workers=workers))


@router.delete("/{key}/backfill", status_code=204, response_class=Response)
async def stop_backfill(key: str, services: ServicesDep) -> None:
    """Stop it; what is filled stays, and the next one goes on."""
    services.generations.member(key)
    await services.backfills.stop(key)


@router.get("/{key}/comparison")
async def compare_generation(
    key: str,
    services: ServicesDep,
    posts: Annotated[int, Query(ge=1, le=1000)] = 50,
    viewers: Annotated[int, Query(ge=0, le=200)] = 20,
) -> ComparisonAnswer:
    """Compare a generation with the one that serves; nobody is served these feeds."""
    new, old = services.generations.member(key), services.generations.active
    made = await compare(
        Side(old.store, old.multimodal),
        Side(new.store, new.multimodal),
        posts=posts,
        viewers=viewers,
        now=services.now(),
    )
    return ComparisonAnswer.of(made)


@router.post("/{key}/activate")
async def activate_generation(
    key: str, services: ServicesDep, force: Force = False
) -> GenerationAnswer:
    """Let a generation serve; the other goes on being written, so that it can come back."""
    await services.generations.activate(key, force=force)
    return await _answer(key, services)


@router.delete("/{key}", status_code=204, response_class=Response)
async def drop_generation(key: str, services: ServicesDep) -> None:
    """Delete a generation that does not serve, and its vectors."""
    services.generations.idle(key)
    await services.backfills.stop(key)
    await services.generations.drop(key)
    await services.connections.disconnect(key)


async def _answer(key: str, services: Services) -> GenerationAnswer:
    generations = services.generations
    schema = generations.schema(key)
    run = services.backfills.last(key)
    return GenerationAnswer(
        id=key,
        fingerprints=dict(schema.fingerprints),
        dimensions=dict(schema.dimensions),
        active=generations.is_active(key),
        connected=generations.is_connected(key),
        filled_share=await generations.filled_share(key),
        backfill=None if run is None else BackfillAnswer.of(run),
    )
