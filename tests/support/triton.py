"""The real server for tests, on ports that are free."""

import itertools
import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from serving.server import TritonServer
from serving.settings import TritonSettings

# Below Linux's usual net.ipv4.ip_local_port_range, 32768 to 60999.
_FIRST_PORT, _LAST_PORT = 16_000, 32_000
_MOST_WORKERS = 64


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
    """Ports of the loopback interface that nobody listens on now, other ones in every call.

    They lie below those that the kernel gives to connections, and every worker of pytest-xdist has
    a range of its own: nobody takes one between this call and the server that it is for.
    """
    free: list[int] = []
    while len(free) < count:
        port = next(_PORTS)
        with socket.socket() as tried:
            # As servers do: connections of a server that has ended do not count.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                tried.bind(("127.0.0.1", port))
                free.append(port)
    return free


def _own_ports() -> Iterator[int]:
    """Every port of this worker's range over and over, from a random one on.

    Random, as another run of the tests may be under way on this machine.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = range(_FIRST_PORT, _LAST_PORT)[worker % _MOST_WORKERS :: _MOST_WORKERS]
    return itertools.islice(itertools.cycle(ports), random.randrange(len(ports)), None)


_PORTS = _own_ports()


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
