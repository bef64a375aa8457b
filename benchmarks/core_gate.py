"""`python -m benchmarks.core_gate`: the gate of the cores against none, in turns.

Two servers on the exported `model_repository`, one with the gate and one without. An extraction
asks four models at once, as the orchestrator does, and is done when all have answered.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from statistics import median

import numpy as np

from benchmarks.inputs import meme
from orchestrator.deadline import Deadline
from orchestrator.inference.triton import Tensor, TritonAddress, TritonClient
from serving.server import TritonServer
from serving.settings import TritonSettings

_EXTRACTION = {
    "image_embedding": ("bytes", "vector"),
    "ocr": ("bytes", "text"),
    "clip_text_embedding": ("text", "vector"),
    "text_embedding": ("text", "vector"),
}
_TEXT = b"when the build fails on a friday and everybody has gone home already"


@dataclass(frozen=True)
class Took:
    """What one kind of load took in a round."""

    latencies_s: list[float]
    elapsed_s: float


def main() -> None:
    """Measures and prints a line a server and kind of load."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.core_gate", description=__doc__)
    parser.add_argument("--model-repository", type=Path, default=Path("model_repository"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--round-s", type=float, default=6.0)
    options = parser.parse_args()
    with ExitStack() as stack:
        urls = {
            name: stack.enter_context(_served(options.model_repository, gate))
            for name, gate in (("gate", True), ("none", False))
        }
        for url in urls.values():
            asyncio.run(_extractions(url, 1, options.round_s))
        rounds = [
            {name: asyncio.run(_round(url, options.round_s)) for name, url in urls.items()}
            for _ in range(options.rounds)
        ]
    for name in urls:
        for load in rounds[0][name]:
            found = [one_round[name][load] for one_round in rounds]
            p50_ms = 1e3 * median(median(took.latencies_s) for took in found)
            rate = median(len(took.latencies_s) / took.elapsed_s for took in found)
            print(f"{name}: {load}: p50 {p50_ms:.0f} ms, {rate:.2f} a second")


@contextmanager
def _served(repository: Path, gate: bool) -> Iterator[str]:
    """host:port of the gRPC of a server that answers until the block ends."""
    http, grpc, metrics = _free_ports()
    with tempfile.TemporaryDirectory(prefix="feedlens-bench-") as folder:
        settings = TritonSettings(
            model_repository=repository,
            run_folder=Path(folder),
            http_port=http,
            grpc_port=grpc,
            metrics_port=metrics,
            core_gate=gate,
        )
        with TritonServer(settings) as server:
            server.wait_ready()
            yield server.grpc_url


def _free_ports() -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket()) for _ in range(3)]
        for held in sockets:
            held.bind(("127.0.0.1", 0))
        return [int(held.getsockname()[1]) for held in sockets]


async def _round(url: str, round_s: float) -> dict[str, Took]:
    return {
        "extractions, 1 at once": await _extractions(url, 1, round_s),
        "extractions, 4 at once": await _extractions(url, 4, round_s),
        "a text alone, beside 2 extractions at once": await _texts_beside(url, round_s),
    }


async def _extractions(url: str, at_once: int, round_s: float) -> Took:
    client = TritonClient(TritonAddress(url))
    start_s = time.perf_counter()
    until_s = start_s + round_s
    workers = (_extract_until(client, number, until_s) for number in range(at_once))
    found = await asyncio.gather(*workers)
    elapsed_s = time.perf_counter() - start_s
    await client.close()
    return Took([latency_s for latencies in found for latency_s in latencies], elapsed_s)


async def _texts_beside(url: str, round_s: float) -> Took:
    """One text after another while pictures are extracted."""
    client = TritonClient(TritonAddress(url))
    until_s = time.perf_counter() + round_s
    busy = [asyncio.create_task(_extract_until(client, number, until_s)) for number in range(2)]
    latencies = []
    while time.perf_counter() < until_s:
        start_s = time.perf_counter()
        await _ask(client, "text_embedding", _element(_TEXT))
        latencies.append(time.perf_counter() - start_s)
    elapsed_s = time.perf_counter() - until_s + round_s
    await asyncio.gather(*busy)
    await client.close()
    return Took(latencies, elapsed_s)


async def _extract_until(client: TritonClient, number: int, until_s: float) -> list[float]:
    inputs = {"bytes": _element(meme(number)), "text": _element(_TEXT)}
    latencies = []
    while time.perf_counter() < until_s:
        start_s = time.perf_counter()
        await asyncio.gather(
            *(_ask(client, model, inputs[name]) for model, (name, _) in _EXTRACTION.items())
        )
        latencies.append(time.perf_counter() - start_s)
    return latencies


async def _ask(client: TritonClient, model: str, tensor: Tensor) -> None:
    name, output = _EXTRACTION[model]
    await client.infer(model, {name: tensor}, (output,), Deadline.after(30.0))


def _element(data: bytes) -> Tensor:
    return np.array([[data]], dtype=np.object_)


if __name__ == "__main__":
    main()
