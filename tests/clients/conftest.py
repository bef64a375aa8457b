"""What tests of the clients share."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.node import build_example, once, pack


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of this run of the tests, whichever worker looks."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def tarball(shared_folder: Path) -> Path:
    """The packed client for Node.js; one of the workers builds it."""
    (found,) = once(shared_folder / "node-client", pack).glob("*.tgz")
    return found


@pytest.fixture(scope="session")
def built_example(shared_folder: Path, tarball: Path) -> Callable[[str], Path]:
    """Makes an example by its name, ready to run; one of the workers installs it."""
    return lambda name: once(
        shared_folder / f"example-{name}", lambda folder: build_example(name, tarball, folder)
    )
