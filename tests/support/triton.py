"""The real server for tests, on ports that are free."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from serving.server import TritonServer
from serving.settings import TritonSettings


@dataclass(frozen=True)
class ServedTriton:
    """A Triton that answers.

    Attributes:
        http_url, grpc_url: host:port.
        repository: the model repository that it serves.
        process_id: of tritonserver.
    """

    http_url: str
    grpc_url: str
    repository: Path
    process_id: int


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for held in sockets:
            held.bind(("127.0.0.1", 0))
        return [int(held.getsockname()[1]) for held in sockets]
    finally:
        for held in sockets:
            held.close()


def settings_for(repository: Path, run_folder: Path) -> TritonSettings:
    """Settings that serve the repository on free ports, whatever the environment says."""
    http_port, grpc_port, metrics_port = free_ports(3)
    return TritonSettings(
        model_repository=repository,
        run_folder=run_folder,
        http_port=http_port,
        grpc_port=grpc_port,
        metrics_port=metrics_port,
        model_config_name="cpu",
        debug=False,
    )


@contextmanager
def serve(repository: Path, run_folder: Path) -> Iterator[ServedTriton]:
    """Serves the repository until the block ends."""
    with TritonServer(settings_for(repository, run_folder)) as server:
        server.wait_ready()
        yield ServedTriton(server.http_url, server.grpc_url, repository, server.process_id)
