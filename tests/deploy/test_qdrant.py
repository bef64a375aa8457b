"""Qdrant's start and health commands, run by the bash that its image has, on stand-ins."""

import http.server
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import compose
from tests.support.triton import free_ports

QDRANT = compose.services()["qdrant"]
PORT = "6333"


def start(folder: Path, key: str) -> subprocess.CompletedProcess[str]:
    """Runs the service's command where the entrypoint only prints the key."""
    entrypoint = folder / "entrypoint.sh"
    entrypoint.write_text('#!/bin/sh\necho "started with $QDRANT__SERVICE__API_KEY"\n')
    entrypoint.chmod(0o755)
    service = compose.services({**compose.REQUIRED, "QDRANT_API_KEY": key})["qdrant"]
    environment = {**service["environment"], "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        service["command"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def health(port: int) -> int:
    """The exit status of the health check, asked of another port."""
    words = [word.replace(PORT, str(port)) for word in QDRANT["healthcheck"]["test"][1:]]
    return subprocess.run(words, capture_output=True, timeout=20, check=False).returncode


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server on a free port that answers /readyz, and only that, with this status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_with_a_key_it_starts(tmp_path: Path) -> None:
    started = start(tmp_path, "a-key")
    assert (started.returncode, started.stdout) == (0, "started with a-key\n")


def test_without_a_key_it_refuses(tmp_path: Path) -> None:
    refused = start(tmp_path, "")
    assert refused.returncode != 0
    assert refused.stdout == ""
    assert "QDRANT__SERVICE__API_KEY: set QDRANT_API_KEY in .env" in refused.stderr


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_health_is_the_answer_of_readyz(status: int, healthy: bool) -> None:
    with answering(status) as port:
        assert (health(port) == 0) is healthy


def test_away_is_unhealthy() -> None:
    (port,) = free_ports(1)
    assert health(port) != 0
