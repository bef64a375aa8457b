"""The sample app on the packed client, and the real stack that it stands on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.sample_app.served import SampleApp, serve
from tests.support import orchestrator
from tests.support.node import CLIENT, newest
from tests.support.orchestrator import ServedOrchestrator
from tests.support.triton import ServedTriton

APP = CLIENT / "examples/fastify"
MAX_UPLOAD_BYTES = 200_000_000


@pytest.fixture(scope="session")
def built(built_example: Callable[[str], Path]) -> Path:
    """The app's folder."""
    return built_example("fastify")


@pytest.fixture(scope="module")
def feedlens(
    triton: ServedTriton, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedOrchestrator]:
    """An empty store that keeps uploads."""
    folder = tmp_path_factory.mktemp("feedlens")
    kept = {"FEEDLENS_UPLOADS_PATH": str(folder / "uploads")}
    with orchestrator.serve(triton.grpc_url, folder / "store", **kept) as served:
        yield served


@pytest.fixture(scope="module")
def app(
    built: Path, feedlens: ServedOrchestrator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SampleApp]:
    """The app on that store."""
    environment = {
        "EMBEDDING_SERVER_URL": feedlens.url,
        "MAX_UPLOAD_BYTES": str(MAX_UPLOAD_BYTES),
    }
    with serve(newest(), built, tmp_path_factory.mktemp("app"), **environment) as served:
        yield served


@pytest.fixture(autouse=True)
def nothing_stays_on_the_disk(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test uploaded, and however that ended."""
    yield
    if "app" in request.fixturenames:
        served: SampleApp = request.getfixturevalue("app")
        assert list(served.uploads.iterdir()) == []
