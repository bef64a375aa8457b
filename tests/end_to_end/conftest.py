"""The whole stack: tritonserver and orchestrator as processes, spoken to over HTTP."""

from collections.abc import Iterator

import pytest

from tests.support import orchestrator
from tests.support.orchestrator import ServedOrchestrator
from tests.support.triton import ServedTriton


@pytest.fixture(scope="module")
def stack(
    triton: ServedTriton, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedOrchestrator]:
    """An orchestrator with an empty store, one a test module."""
    with orchestrator.serve(triton.grpc_url, tmp_path_factory.mktemp("store")) as served:
        yield served
