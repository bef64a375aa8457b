"""GET /health/live, /health/ready, /health."""

from collections.abc import Awaitable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from orchestrator.errors import FeedlensError, Unavailable
from orchestrator.http.dependencies import ServicesDep
from orchestrator.http.problems import problem
from orchestrator.services import Services

router = APIRouter(prefix="/health", tags=["health"])


class LiveAnswer(BaseModel):
    """The process answers."""

    status: str = "live"


class ReadyAnswer(BaseModel):
    """Every model answered a canary inference, and the store a count."""

    status: str = "ready"
    models: dict[str, str]


@router.get("/live")
async def get_live() -> LiveAnswer:
    """Liveness: whether to restart this process."""
    return LiveAnswer()


@router.get("/ready", response_model=ReadyAnswer)
async def get_ready(services: ServicesDep) -> ReadyAnswer | JSONResponse:
    """Readiness: whether to send requests here. 503 names the models that do not answer."""
    states = await _model_states(services)
    store = await _state_of(services.store.count_posts())
    failing = [model for model, state in states.items() if state != "ok"]
    if failing or store != "ok":
        away = failing if store == "ok" else [*failing, "store"]
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "not-ready",
            "Not ready",
            f"no answer from: {', '.join(away)}",
            members={"models": states, "store": store},
            headers={"Retry-After": str(Unavailable.retry_after_s)},
        )
    return ReadyAnswer(models=states)


@router.get("")
async def get_health(services: ServicesDep) -> dict[str, Any]:
    """What runs here: weights, fingerprints, states of models and store, flags, the cache's use."""
    fingerprints = services.fingerprints
    return {
        "weights": fingerprints.weights,
        "fingerprints": {
            "visual": fingerprints.visual.id,
            "caption": fingerprints.caption.id,
            "text": fingerprints.text.id,
        },
        "models": await _model_states(services),
        "store": await _state_of(services.store.count_posts()),
        "legacy": await _legacy_state(services),
        "rollout": _rollout_state(services),
        "cache": _cache_use(services),
    }


def _cache_use(services: Services) -> dict[str, Any]:
    """Where answers are kept, and by kind how many were known before."""
    memos = services.extractor.memos
    kinds = {kind: counts.as_dict() for kind, counts in memos.counts.items()}
    kinds["viewer"] = services.profiles.counts.as_dict()
    return {"backend": memos.backend, "kinds": kinds}


def _rollout_state(services: Services) -> dict[str, Any]:
    rollout = services.shared.rollout
    file = rollout.flags_file
    return {**asdict(file.flags), "problem": file.problem, "breaker": rollout.breaker.state}


async def _model_states(services: Services) -> dict[str, str]:
    failures = await services.readiness.failures()
    return {model: failures.get(model, "ok") for model in services.readiness.models}


async def _legacy_state(services: Services) -> dict[str, Any] | None:
    """What the ViT-only system is used for, and whether its collection answers; null: nothing."""
    legacy = services.legacy
    if legacy is None:
        return None
    return {
        "read": legacy.parameters.read,
        "write": legacy.parameters.write,
        "fingerprint": legacy.fingerprint.id,
        "store": await _state_of(legacy.store.count()),
    }


async def _state_of(count: Awaitable[int]) -> str:
    try:
        await count
    except FeedlensError as exc:
        return exc.detail
    return "ok"
