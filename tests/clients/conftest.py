"""What tests of the clients share."""

import os
from pathlib import Path

import pytest

from tests.support.node import once, pack


@pytest.fixture(scope="session")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packed client for Node.js; one of the workers builds it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    (found,) = once(folder / "node-client", pack).glob("*.tgz")
    return found
