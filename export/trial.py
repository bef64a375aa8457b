"""A reduced graph beside its fp32 one: size, speed and agreement."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from export.agreement import Agreement, measure
from export.cpu import Batch, open_session, run
from export.errors import AgreementTooLow, first_line
from export.evaluation_inputs import Inputs
from export.half import to_fp16
from export.precision import Precision
from export.progress import megabytes
from export.quantize import to_int8

_REDUCE: dict[Precision, Callable[[bytes], bytes]] = {"fp16": to_fp16, "int8": to_int8}
_DOES_NOT_RUN = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
# As an instance that serves has, up to eight cores.
_THREADS = 1
# Made inputs beyond the first hundred are left out when a slow model has taken so long.
_BUDGET_S = 30.0
_ENOUGH = 100


@dataclass(frozen=True)
class Trial:
    """What a reduced graph costs and keeps. `speed` is its throughput over fp32's on this CPU,
    `fp32_s` the time that fp32 takes, one input at a time."""

    precision: Precision
    graph: bytes
    fp32_bytes: int
    fp32_s: float
    speed: float
    agreement: Agreement
    inputs: str

    def __str__(self) -> str:
        return (
            f"{megabytes(len(self.graph))} of {megabytes(self.fp32_bytes)}, "
            f"{self.speed:.2f} x the speed, {self.agreement}, {self.agreement.inputs} {self.inputs}"
        )


def try_precision(model: str, precision: Precision, fp32_graph: bytes, inputs: Inputs) -> Trial:
    """Reduce `fp32_graph` and run both on the CPU; AgreementTooLow when it does not even run."""
    graph = _REDUCE[precision](fp32_graph)
    try:
        runs = _alternate([open_session(each, _THREADS) for each in (fp32_graph, graph)], inputs)
    except _DOES_NOT_RUN as error:
        raise AgreementTooLow(
            f"{model} in {precision} does not run in ONNX Runtime: {first_line(error)}; "
            f"the repository is unchanged, export it with --precision {model}=fp32"
        ) from error
    full, reduced = runs
    return Trial(
        precision=precision,
        graph=graph,
        fp32_bytes=len(fp32_graph),
        fp32_s=median(full.seconds),
        speed=median(np.divide(full.seconds, reduced.seconds).tolist()),
        agreement=measure(full.vectors, reduced.vectors),
        inputs=inputs.name,
    )


@dataclass(frozen=True)
class _Runs:
    """Vectors [inputs, dimension] of a session, and how long each took."""

    vectors: NDArray[np.float32]
    seconds: list[float]


def _alternate(sessions: list[onnxruntime.InferenceSession], inputs: Inputs) -> list[_Runs]:
    """Run the sessions in turns, so that other load on the machine slows all alike."""
    for session in sessions:
        run(session, inputs.batch(0))
    timed: list[list[tuple[NDArray[np.float32], float]]] = [[] for _ in sessions]
    began_s = time.perf_counter()
    for index in range(inputs.count):
        if inputs.made and index >= _ENOUGH and time.perf_counter() - began_s > _BUDGET_S:
            break
        batch = inputs.batch(index)
        for session, runs in zip(sessions, timed, strict=True):
            runs.append(_timed(session, batch))
    return [
        _Runs(np.concatenate([vectors for vectors, _ in runs]), [seconds for _, seconds in runs])
        for runs in timed
    ]


def _timed(
    session: onnxruntime.InferenceSession, batch: Batch
) -> tuple[NDArray[np.float32], float]:
    began_s = time.perf_counter()
    vectors = run(session, batch)
    return vectors, time.perf_counter() - began_s
