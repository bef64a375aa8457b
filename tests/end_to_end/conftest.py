"""The whole stack: tritonserver and orchestrator as processes, spoken to over HTTP."""

from collections.abc import Iterator

import pytest

from tests.support import orchestrator
from tests.support.orchestrator import ServedOrchestrator
from tests.support.triton import ServedTriton
from tests.support.uploads import plain


@pytest.fixture(scope="module")
def stack(
    triton: ServedTriton, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedOrchestrator]:
    """An orchestrator with an empty store, one a test module."""
    with orchestrator.serve(triton.grpc_url, tmp_path_factory.mktemp("store")) as served:
        yield served


@pytest.fixture
def the_next_request_is_fine(stack: ServedOrchestrator) -> Iterator[None]:
    """Whatever the test sent: nothing of it is stored, and the next upload is served."""
    yield
    assert stack.http.get("/v1/media/bad").status_code == 404
    assert stack.http.post("/extract-ocr", files={"file": plain()}).status_code == 200
