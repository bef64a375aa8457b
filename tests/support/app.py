"""The app in this process: real routes, store and sessions; made models, and a clock of its own."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from orchestrator.app import create_app
from orchestrator.building import build_services
from orchestrator.feed.sqlite_sessions import SqliteSessions
from orchestrator.frames.decoder import Decoder
from orchestrator.legacy.side import LegacySide
from orchestrator.schema import schema_of
from orchestrator.services import Services
from orchestrator.settings import Settings
from orchestrator.store.embedded.backend import open_embedded
from orchestrator.store.protocol import Store
from tests.support.fake_models import FINGERPRINTS, FakeModels
from tests.support.feeds import SECRET, Clock


@dataclass(frozen=True)
class App:
    """The app, and a client of it."""

    services: Services
    http: httpx.AsyncClient
    clock: Clock

    @property
    def store(self) -> Store:
        """What it stores in."""
        return self.services.store

    async def post(self, path: str, **body: Any) -> httpx.Response:
        """POST a JSON object."""
        return await self.http.post(path, json=body)


def identity_settings(folder: Path, **changes: Any) -> Settings:
    """Settings by which the value of a cosine is the cosine, 0 below 0."""
    knots = {"name": "identity", "cosines": [0, 1], "values": [0, 1]}
    maps = {"mean": knots, "pair": knots}
    path = folder / "identity.json"
    path.write_text(
        json.dumps(
            {"visual": {"tiny": maps}, "text": {"pretrained": maps}, "legacy": {"tiny": maps}}
        )
    )
    return Settings(calibration_path=path, **changes)


@asynccontextmanager
async def open_app(
    folder: Path,
    settings: Settings | None = None,
    clock: Clock | None = None,
    models: FakeModels | None = None,
    legacy: LegacySide | None = None,
    decoder: Decoder | None = None,
) -> AsyncIterator[App]:
    """An app on the store in `folder`, made on first use; vectors are those of the made models.

    Without a `decoder` given, the real one decodes.
    """
    settings, clock = settings or Settings(), clock or Clock()
    store = open_embedded(folder, schema_of(FINGERPRINTS))
    sessions = SqliteSessions(
        folder / "sessions.sqlite3",
        ttl_s=settings.feed.session_ttl_s,
        keep_days=settings.feed.seen_days,
        now=clock,
    )
    services = await build_services(
        settings,
        models or FakeModels(),
        FINGERPRINTS,
        store,
        sessions,
        SECRET,
        now=clock,
        legacy=legacy,
        decoder=decoder,
    )
    transport = httpx.ASGITransport(create_app(services))
    async with httpx.AsyncClient(transport=transport, base_url="http://feedlens") as client:
        try:
            yield App(services, client, clock)
        finally:
            await services.close()
            await sessions.close()
            await store.close()
