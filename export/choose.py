"""Which graph of a model is exported: the one that was asked for, or the fastest that agrees."""

from __future__ import annotations

from dataclasses import dataclass

from export import agreement
from export.agreement import BOUNDS
from export.evaluation_inputs import Inputs
from export.precision import Precision, Wish
from export.progress import step
from export.trial import Trial, try_precision

# What is less is within what a busy machine measures of two equal graphs.
FASTER = 1.1


@dataclass(frozen=True)
class Chosen:
    """A graph to write; `trial` is how it compares, None for fp32. `forced` where it agrees less
    than its bound wants."""

    precision: Precision
    graph: bytes
    trial: Trial | None = None
    forced: bool = False


def choose(
    model: str, wish: Wish, fp32_graph: bytes, inputs: Inputs, *, gpu: bool, force: bool
) -> Chosen:
    """Reduce `fp32_graph` as `wish` says; what `auto` means depends on where it is to run.

    Raises AgreementTooLow when a named precision does not hold its bound, unless `force`.
    """
    if wish == "auto":
        return _choose(model, fp32_graph, inputs, gpu=gpu)
    if wish == "fp32":
        return Chosen("fp32", fp32_graph)
    trial = measured(model, wish, fp32_graph, inputs)
    forced = not trial.agreement.holds(BOUNDS[wish])
    if forced and not force:
        agreement.require(model, wish, trial.agreement)
    if forced:
        print(f"{model}: !!! FORCED to {wish}, which keeps too little of fp32: {trial.agreement}")
    return Chosen(wish, trial.graph, trial, forced)


def measured(model: str, precision: Precision, fp32_graph: bytes, inputs: Inputs) -> Trial:
    """Try a precision and say how it compares."""
    with step(model, f"comparing {precision} with fp32 on {inputs.name}") as comparing:
        trial = try_precision(model, precision, fp32_graph, inputs)
        comparing.result = str(trial)
    return trial


def _choose(model: str, fp32_graph: bytes, inputs: Inputs, *, gpu: bool) -> Chosen:
    """fp16 for a GPU, whose speed can't be measured here; for a CPU int8 where it is faster."""
    reduced: Precision = "fp16" if gpu else "int8"
    trial = measured(model, reduced, fp32_graph, inputs)
    if not trial.agreement.holds(BOUNDS[reduced]):
        kept, why = False, f"{reduced} falls below its bound: {trial.agreement}"
    elif gpu:
        kept, why = True, "USE_GPU is true and it keeps what fp32 says"
    elif trial.speed < FASTER:
        kept, why = False, f"int8 is {trial.speed:.2f} x as fast here, under {FASTER}"
    else:
        kept, why = True, f"{trial.speed:.2f} x as fast here, and it keeps what fp32 says"
    print(f"{model}: chose {reduced if kept else 'fp32'}: {why}", flush=True)
    return Chosen(reduced, trial.graph, trial) if kept else Chosen("fp32", fp32_graph)
