"""Opens everything that the service works with, and closes it in the reverse order."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from orchestrator.building import build_services, utc_now
from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable, StartupError
from orchestrator.feed.cursor import load_secret
from orchestrator.feed.sqlite_sessions import SqliteSessions
from orchestrator.inference.models import Fingerprints, Models, TritonModels
from orchestrator.inference.triton import TritonAddress, TritonClient
from orchestrator.opening.legacy import open_legacy
from orchestrator.schema import schema_of
from orchestrator.services import Services
from orchestrator.settings import Settings
from orchestrator.store.embedded.backend import open_embedded
from orchestrator.store.open_store import OpenStore
from orchestrator.store.records import Schema
from orchestrator.store.served.backend import open_on
from orchestrator.store.served.naming import named_by
from orchestrator.store.served.server import QdrantServer

_LOG = logging.getLogger(__name__)
_RETRY_S = 0.5


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Connect to Triton, open the store; StartupError says what is missing."""
    async with AsyncExitStack() as opened:
        client = TritonClient(TritonAddress(settings.triton_url))
        opened.push_async_callback(client.close)
        models = TritonModels(client)
        fingerprints = await wait_for_fingerprints(models, settings)
        server = _server(settings, opened)
        store = await open_store(settings, schema_of(fingerprints), server)
        opened.push_async_callback(store.close)
        sessions = SqliteSessions(
            settings.store_path / "sessions.sqlite3",
            ttl_s=settings.feed.session_ttl_s,
            keep_days=settings.feed.seen_days,
            now=utc_now,
        )
        opened.push_async_callback(sessions.close)
        configured = settings.cursor_secret
        secret = load_secret(
            settings.store_path, configured.get_secret_value() if configured else None
        )
        legacy = await open_legacy(settings, models, opened, server=server)
        services = await build_services(
            settings, models, fingerprints, store, sessions, secret, legacy=legacy
        )
        opened.push_async_callback(services.close)
        yield services


def _server(settings: Settings, opened: AsyncExitStack) -> QdrantServer | None:
    """One connection for the store and the old collection: a local folder takes no second one."""
    if settings.qdrant_url is None:
        return None
    server = QdrantServer(settings.qdrant_url, settings.qdrant)
    opened.push_async_callback(server.close)
    return server


async def open_store(settings: Settings, schema: Schema, server: QdrantServer | None) -> OpenStore:
    """The store on the settings' Qdrant `server`, or the embedded one where there is none."""
    if server is None:
        return open_embedded(
            settings.store_path, schema, remembered_posts=settings.remembered_posts
        )
    try:
        # Sessions and secrets lie here all the same.
        settings.store_path.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StartupError(f"{settings.store_path} can't be made: {exc.strerror}") from exc
    with named_by("FEEDLENS_QDRANT_URL"):
        return await open_on(server, schema, settings.qdrant.prefix)


async def wait_for_fingerprints(models: Models, settings: Settings) -> Fingerprints:
    """Dimensions and fingerprints, from the serving side, as soon as it is there."""
    give_up_at_s = time.monotonic() + settings.startup_timeout_s
    told = False
    while True:
        try:
            return await models.fingerprints(Deadline.after(settings.canary_timeout_s))
        except InferenceUnavailable as exc:
            if time.monotonic() >= give_up_at_s:
                raise StartupError(
                    f"{exc.detail}; start it with `python -m serving`, or name its gRPC address "
                    "with FEEDLENS_TRITON_URL"
                ) from exc
            if not told:
                _LOG.warning("waiting for Triton: %s", exc.detail)
                told = True
            await asyncio.sleep(_RETRY_S)
