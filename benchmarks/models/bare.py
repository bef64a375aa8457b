"""The same graph and the same requests in ONNX Runtime alone, in this process."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from statistics import median

import onnxruntime

from benchmarks.models.inputs import Request

_WARMUP = 3


@dataclass(frozen=True)
class BareRun:
    """A closed loop of calls.

    Attributes:
        layout: sessions × threads.
        throughput: inferences a second.
        p50_ms: of a call, the wait for a session included.
    """

    layout: str
    throughput: float
    p50_ms: float


class BareModel:
    """A graph in every layout that fills the cores: one session, or one a core.

    Threads that wait for work spin, which is ONNX Runtime's default, or do not, which is faster
    on cores that others use too.
    """

    def __init__(self, graph: Path, requests: list[Request], cores: int) -> None:
        self._requests = [
            {name: tensor[None] for name, tensor in request.items()} for request in requests
        ]
        self._layouts = {f"{cores}x1": _sessions(graph, cores, 1, spins=False)}
        if cores > 1:
            self._layouts[f"1x{cores}"] = _sessions(graph, 1, cores, spins=False)
            self._layouts[f"1x{cores} spinning"] = _sessions(graph, 1, cores, spins=True)

    def measure(self, concurrency: int, duration_s: float) -> BareRun:
        """Measures each layout in turn, and returns the fastest."""
        runs = [
            self._run(layout, sessions, concurrency, duration_s / len(self._layouts))
            for layout, sessions in self._layouts.items()
        ]
        return max(runs, key=lambda run: run.throughput)

    def _run(
        self,
        layout: str,
        sessions: list[onnxruntime.InferenceSession],
        concurrency: int,
        duration_s: float,
    ) -> BareRun:
        free: SimpleQueue[onnxruntime.InferenceSession] = SimpleQueue()
        for session in sessions:
            for request in self._requests[:_WARMUP]:
                session.run(None, request)
            free.put(session)
        start_s = time.perf_counter()

        def call_on(caller: int) -> list[float]:
            times_s: list[float] = []
            # Callers start at different requests, and go round.
            for number in count(caller):
                began_s = time.perf_counter()
                if began_s - start_s >= duration_s:
                    break
                session = free.get()
                session.run(None, self._requests[number % len(self._requests)])
                free.put(session)
                times_s.append(time.perf_counter() - began_s)
            return times_s

        with ThreadPoolExecutor(concurrency) as callers:
            times_s = [time for times in callers.map(call_on, range(concurrency)) for time in times]
        elapsed_s = time.perf_counter() - start_s
        return BareRun(layout, len(times_s) / elapsed_s, median(times_s) * 1000)


def _sessions(
    graph: Path, number: int, threads: int, *, spins: bool
) -> list[onnxruntime.InferenceSession]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spins)))
    return [
        onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        for _ in range(number)
    ]
