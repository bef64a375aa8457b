"""The stack that is measured: a real Triton, and real orchestrators on stores of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from serving.server import TritonServer
from serving.settings import TritonSettings

_START_S = 60.0


@contextmanager
def running_triton(repository: Path, folder: Path) -> Iterator[TritonServer]:
    """A Triton on free ports, ready."""
    http_port, grpc_port, metrics_port = (_free_port() for _ in range(3))
    settings = TritonSettings(
        model_repository=repository,
        run_folder=folder,
        http_port=http_port,
        grpc_port=grpc_port,
        metrics_port=metrics_port,
    )
    with TritonServer(settings) as server:
        server.wait_ready()
        yield server


@dataclass(frozen=True)
class Served:
    """An orchestrator that answers at `url`, and a client of it."""

    url: str
    process_id: int
    client: httpx.Client


@contextmanager
def running_orchestrator(grpc_url: str, store: Path) -> Iterator[httpx.Client]:
    """A client of an orchestrator on `store`."""
    with running_orchestrator_process(grpc_url, store) as served:
        yield served.client


@contextmanager
def running_orchestrator_process(grpc_url: str, store: Path) -> Iterator[Served]:
    """An orchestrator on `store`."""
    port = _free_port()
    environment = {
        **os.environ,
        "FEEDLENS_PORT": str(port),
        "FEEDLENS_TRITON_URL": grpc_url,
        "FEEDLENS_STORE_PATH": str(store),
    }
    command = [sys.executable, "-m", "orchestrator"]
    with store.with_name(f"{store.name}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=url, timeout=60) as client:
            _wait(client, process)
            yield Served(url, process.pid, client)
    finally:
        process.terminate()
        process.wait()


def _wait(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    give_up_at_s = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < give_up_at_s:
        try:
            client.get("/health/ready").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the orchestrator did not become ready; see its log beside the store")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
