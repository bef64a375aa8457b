import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.redis_server import RedisServer, serve_redis


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    # A socket's path must be shorter than pytest's own folders.
    with tempfile.TemporaryDirectory() as folder, serve_redis(Path(folder)) as server:
        yield server
