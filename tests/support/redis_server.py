"""A real Redis for tests, on a free port; it can be killed, stopped and started again."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.triton import free_ports

_BINARY = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(
    _BINARY is None, reason="no redis-server here; the distribution's package has it"
)


class RedisServer:
    """An empty redis-server of this test's own; nothing of it is written to disk."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.socket = folder / "redis.sock"
        self._port = free_ports(1)[0]
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, empty; returns when it answers."""
        assert _BINARY is not None
        command = [_BINARY, "--port", str(self._port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--unixsocket", str(self.socket), "--dir", str(self._folder), *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline_s = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < deadline_s, "redis-server does not answer"
            time.sleep(0.01)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """Let it answer nothing, with its connections open."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def tell(self, *words: str) -> bytes:
        """What it answers to a command, as it stands on the wire."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
            connection.sendall(" ".join(words).encode() + b"\r\n")
            return connection.recv(4096)

    def _answers(self) -> bool:
        try:
            return self.tell("PING") == b"+PONG\r\n"
        except OSError:
            return False


@contextmanager
def serve_redis(folder: Path, *options: str) -> Iterator[RedisServer]:
    """A server that lives until the block ends; `folder` has a short path."""
    server = RedisServer(folder, *options)
    try:
        yield server
    finally:
        server.kill()
