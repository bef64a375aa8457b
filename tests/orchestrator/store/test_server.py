from collections.abc import AsyncIterator

import pytest

from orchestrator.store.events import EVENT_INDEXES, EVENTS, EventLog
from orchestrator.store.generations import View
from orchestrator.store.parameters import QdrantParameters
from orchestrator.store.server import MEMORY, QdrantServer
from orchestrator.store.server_collection import ensure
from orchestrator.store.store import POST_INDEXES, POSTS, PointStore
from tests.orchestrator.store.conformance import SCHEMA, StoreConformance


@pytest.fixture
async def store() -> AsyncIterator[PointStore]:
    server = QdrantServer(MEMORY, QdrantParameters())
    posts = await ensure(server, POSTS, SCHEMA.dimensions, POST_INDEXES)
    events = await ensure(server, EVENTS, {}, EVENT_INDEXES, tenants=["user_id"])
    yield PointStore(posts, EventLog(events), View(SCHEMA, {"visual": "visual", "text": "text"}))
    await server.close()


class TestLocalMode(StoreConformance):
    """The client's local mode passes the suite."""
