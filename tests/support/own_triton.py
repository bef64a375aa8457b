"""A Triton of a test's own, which may be killed."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from serving.server import TritonServer
from serving.settings import TritonSettings
from tests.support.triton import settings_for


class OwnTriton:
    """A Triton that may be killed and started again, on the same ports."""

    def __init__(self, repository: Path, run_folder: Path) -> None:
        self.settings: TritonSettings = settings_for(repository, run_folder)
        self._server: TritonServer | None = None

    @property
    def grpc_url(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.settings.grpc_port}"

    def start(self) -> None:
        """Start it; returns when every model answers."""
        self._server = TritonServer(self.settings)
        self._server.start()
        self._server.wait_ready()

    def kill(self) -> None:
        """End it at once, as the kernel does when memory runs out."""
        if self._server is not None:
            os.kill(self._server.process_id, signal.SIGKILL)
            self.stop()

    def stop(self) -> None:
        """End what is left of it."""
        if self._server is not None:
            self._server.stop()
            self._server = None


@contextmanager
def own_triton(repository: Path, run_folder: Path) -> Iterator[OwnTriton]:
    """A Triton for the length of a block, whatever is done to it meanwhile."""
    triton = OwnTriton(repository, run_folder)
    triton.start()
    try:
        yield triton
    finally:
        triton.stop()
