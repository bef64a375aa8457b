"""The sample app on the packed client, and the real stack that it stands on."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.sample_app.served import SampleApp, serve
from tests.support import orchestrator
from tests.support.node import CLIENT, newest, once
from tests.support.orchestrator import ServedOrchestrator
from tests.support.triton import ServedTriton

APP = CLIENT / "examples/fastify"
MAX_UPLOAD_BYTES = 200_000_000


@pytest.fixture(scope="session")
def built(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app as one has it who copied its folder; one of the workers installs it."""

    def install(folder: Path) -> None:
        left_out = shutil.ignore_patterns("node_modules", "dist")
        shutil.copytree(APP, folder, ignore=left_out, dirs_exist_ok=True)
        newest().run("npm", "install", "--silent", "--prefer-offline", tarball, folder=folder)
        newest().run("npm", "run", "--silent", "build", folder=folder)

    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    return once(folder / "sample-app", install)


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
