"""`clip_image` through Triton against bare ONNX Runtime on the same graph, in turns."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from orchestrator.deadline import Deadline
from orchestrator.inference.triton import TritonAddress, TritonClient

_CONCURRENCY = 4
_ROUNDS = 5
_ROUND_S = 4.0


@dataclass(frozen=True)
class Throughput:
    """Inferences a second, the median of the rounds.

    `bare` is of the faster layout; `ratio` is the median over the rounds, each against whichever
    layout was faster in it.
    """

    triton: float
    bare: float
    bare_layout: str
    ratio: float


def bench_clip_image(grpc_url: str, repository: Path, cores: int) -> Throughput:
    """Concurrency 4, batch size one; bare in whichever layout of sessions × threads is faster."""
    image = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    model = repository / "clip_image" / "1" / "model.onnx"
    layouts = {
        f"{sessions} × {cores // sessions}": _bare(model, image, sessions, cores // sessions)
        for sessions in {1, cores}
    }
    through_triton = _through_triton(grpc_url, image)
    triton, bare = [], []
    for _ in range(_ROUNDS):
        triton.append(through_triton())
        bare.append({name: one_round() for name, one_round in layouts.items()})
    layout = max(layouts, key=lambda name: median(rates[name] for rates in bare))
    return Throughput(
        triton=median(triton),
        bare=median(rates[layout] for rates in bare),
        bare_layout=layout,
        ratio=median(mine / max(rates.values()) for mine, rates in zip(triton, bare, strict=True)),
    )


def _bare(
    model: Path, image: NDArray[np.uint8], sessions: int, threads: int
) -> Callable[[], float]:
    """A function that measures one round of inferences a second."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    ready = [
        onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        for _ in range(sessions)
    ]

    def work(session: onnxruntime.InferenceSession, until_s: float) -> int:
        count = 0
        while time.perf_counter() < until_s:
            session.run(["vector"], {"image": image})
            count += 1
        return count

    def one_round() -> float:
        start_s = time.perf_counter()
        with ThreadPoolExecutor(sessions) as threads_:
            done = sum(threads_.map(lambda session: work(session, start_s + _ROUND_S), ready))
        return done / (time.perf_counter() - start_s)

    return one_round


def _through_triton(grpc_url: str, image: NDArray[np.uint8]) -> Callable[[], float]:
    async def worker(client: TritonClient, until_s: float) -> int:
        count = 0
        while time.perf_counter() < until_s:
            await client.infer("clip_image", {"image": image}, ("vector",), Deadline.after(30.0))
            count += 1
        return count

    async def one_round() -> float:
        client = TritonClient(TritonAddress(grpc_url))
        start_s = time.perf_counter()
        workers = (worker(client, start_s + _ROUND_S) for _ in range(_CONCURRENCY))
        done = sum(await asyncio.gather(*workers))
        elapsed_s = time.perf_counter() - start_s
        await client.close()
        return done / elapsed_s

    return lambda: asyncio.run(one_round())
