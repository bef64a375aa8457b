"""The legacy collection on a Qdrant server, as `test_served.py` has the others."""

import os
import uuid
from collections.abc import AsyncIterator

import pytest

from orchestrator.store.legacy.payloads import LegacyKeys
from orchestrator.store.legacy.points import UNNAMED
from orchestrator.store.legacy.posts import LEGACY_POSTS, LegacyPosts, legacy_indexes
from orchestrator.store.served.collection import ServerCollection, ensure
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.served.server import QdrantServer
from tests.orchestrator.store.legacy_conformance import DIMENSION, LegacyConformance, Old
from tests.orchestrator.store.served.test_backend import drop
from tests.support.qdrant import loopback_qdrant

SERVER_URL = os.environ.get("FEEDLENS_TEST_QDRANT_URL")
KEYS = LegacyKeys()


def over(collection: ServerCollection, *, date_index: str | None = None) -> Old:
    return Old(collection, LegacyPosts(collection, KEYS, DIMENSION, date_index=date_index))


class TestLocalMode(LegacyConformance):
    """The client's local mode, where nothing is indexed."""

    @pytest.fixture
    async def old(self) -> AsyncIterator[Old]:
        server = QdrantServer(":memory:", QdrantParameters())
        yield over(await ensure(server, LEGACY_POSTS, {UNNAMED: DIMENSION}, {}))
        await server.close()


class TestOverGrpc(LegacyConformance):
    """What goes over the wire, and back."""

    @pytest.fixture
    async def old(self) -> AsyncIterator[Old]:
        async with loopback_qdrant() as loopback:
            server = QdrantServer(loopback.url, loopback.parameters())
            indexes = legacy_indexes(KEYS)
            collection = await ensure(server, LEGACY_POSTS, {UNNAMED: DIMENSION}, indexes)
            yield over(collection, date_index=KEYS.created_at[0])
            await server.close()


@pytest.mark.skipif(not SERVER_URL, reason="FEEDLENS_TEST_QDRANT_URL names no Qdrant server")
class TestServer(LegacyConformance):
    """A real server, with indexes."""

    @pytest.fixture
    async def old(self) -> AsyncIterator[Old]:
        prefix = f"test-{uuid.uuid4().hex}-"
        server = QdrantServer(str(SERVER_URL), QdrantParameters())
        indexes = legacy_indexes(KEYS)
        collection = await ensure(server, prefix + LEGACY_POSTS, {UNNAMED: DIMENSION}, indexes)
        yield over(collection, date_index=KEYS.created_at[0])
        await server.close()
        await drop(prefix)
