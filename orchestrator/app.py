"""The FastAPI application."""

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator.http import (
    embed_image,
    events,
    experiments,
    extract,
    feed,
    generations,
    health,
    media,
    problems,
    rank,
    rollout,
    search,
    users,
)
from orchestrator.http.body_limits import BodyLimits
from orchestrator.http.left_clients import LeftClients
from orchestrator.services import Services
from orchestrator.settings import Settings

TAKING_VIDEOS = (("POST", "/extract-multimodal"), ("POST", "/extract-ocr"), ("POST", "/v1/media"))
STORING_NOTHING = (("POST", "/extract-multimodal"), ("POST", "/extract-ocr"))
_FIELDS_BYTES = 2_000_000


def create_app(services: Services) -> FastAPI:
    """An app that answers with `services`."""
    app = create_api()
    app.state.services = services
    app.add_middleware(
        BodyLimits,
        max_bytes=services.settings.max_body_bytes,
        timeout_s=services.settings.body_timeout_s,
        idle_timeout_s=services.settings.body_idle_timeout_s,
        larger=dict.fromkeys(TAKING_VIDEOS, _most_with_video(services.settings)),
    )
    app.add_middleware(LeftClients, routes=STORING_NOTHING)
    app.add_middleware(NameWeights, services=services)
    return app


def create_api() -> FastAPI:
    """The routes alone, which describe themselves without services behind them."""
    app = FastAPI(
        title="Feedlens",
        description="Pictures and captions in, a ranked personal feed out.",
        version="0.1.0",
        responses=problems.RESPONSES,
        generate_unique_id_function=_operation_id,
    )
    problems.install(app)
    for resource in (
        extract,
        embed_image,
        media,
        events,
        users,
        feed,
        rollout,
        rank,
        search,
        experiments,
        generations,
        health,
    ):
        app.include_router(resource.router)
    return app


def _operation_id(route: APIRoute) -> str:
    """What generated clients call it; the name of its function, which is no other route's."""
    return route.name


def _most_with_video(settings: Settings) -> int:
    """Bytes of a form with the largest file that is accepted, and the fields beside it."""
    return max(settings.max_body_bytes, settings.video.max_bytes + _FIELDS_BYTES)


class NameWeights:
    """ASGI middleware: every answer names the weights in use, as `visual=…, text=…`."""

    def __init__(self, app: ASGIApp, *, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        weights = self._services.generations.active.fingerprints.weights
        value = ", ".join(f"{side}={kind}" for side, kind in weights.items())

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Feedlens-Weights"] = value
            await send(message)

        await self._app(scope, receive, named)
