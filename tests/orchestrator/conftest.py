import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.old_collection import OldCollection, open_old_collection
from tests.support.redis_server import RedisServer, serve_redis


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    # A socket's path must be shorter than pytest's own folders.
    with tempfile.TemporaryDirectory() as folder, serve_redis(Path(folder)) as server:
        yield server


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[OldCollection]:
    """The old system's collection, empty."""
    async with open_old_collection(tmp_path) as opened:
        yield opened
