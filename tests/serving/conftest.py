"""Clients of the real server."""

from collections.abc import Iterator

import pytest

from tests.support.asking import Asker
from tests.support.triton import ServedTriton


@pytest.fixture(scope="session", params=["http", "grpc"])
def asker(triton: ServedTriton, request: pytest.FixtureRequest) -> Iterator[Asker]:
    """A client of either protocol."""
    made = Asker(triton, request.param)
    yield made
    made.close()


@pytest.fixture(scope="session")
def grpc_asker(triton: ServedTriton) -> Iterator[Asker]:
    """A gRPC client, for what does not depend on the protocol."""
    made = Asker(triton, "grpc")
    yield made
    made.close()
