"""The store on a Qdrant server: `qdrant-client`'s local mode, and a real one where there is one."""

import os
import uuid
from collections.abc import AsyncIterator

import pytest
from qdrant_client import AsyncQdrantClient

from orchestrator.store.protocol import Store
from orchestrator.store.served.backend import open_served
from orchestrator.store.served.parameters import QdrantParameters
from tests.orchestrator.store.conformance import SCHEMA
from tests.orchestrator.store.suite import StoreConformance
from tests.support.qdrant import loopback_qdrant

SERVER_URL = os.environ.get("FEEDLENS_TEST_QDRANT_URL")


class TestLocalMode(StoreConformance):
    """The client's local mode passes the suite."""

    @pytest.fixture
    async def store(self) -> AsyncIterator[Store]:
        opened = await open_served(":memory:", SCHEMA, QdrantParameters())
        yield opened.view(SCHEMA)
        await opened.close()


class TestOverGrpc(StoreConformance):
    """What goes over the wire, and back, passes it."""

    @pytest.fixture
    async def store(self) -> AsyncIterator[Store]:
        async with loopback_qdrant() as server:
            opened = await open_served(server.url, SCHEMA, server.parameters())
            yield opened.view(SCHEMA)
            await opened.close()


@pytest.mark.skipif(not SERVER_URL, reason="FEEDLENS_TEST_QDRANT_URL names no Qdrant server")
class TestServer(StoreConformance):
    """A real server passes it too."""

    @pytest.fixture
    async def store(self) -> AsyncIterator[Store]:
        parameters = QdrantParameters(prefix=f"test-{uuid.uuid4().hex}-")
        opened = await open_served(str(SERVER_URL), SCHEMA, parameters)
        yield opened.view(SCHEMA)
        await opened.close()
        await drop(parameters.prefix)


async def drop(prefix: str) -> None:
    client = AsyncQdrantClient(SERVER_URL)
    for made in (await client.get_collections()).collections:
        if made.name.startswith(prefix):
            await client.delete_collection(made.name)
    await client.close()
