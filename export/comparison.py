"""`python -m export --compare`: what each precision of each model costs and keeps, as a table."""

from __future__ import annotations

from collections.abc import Iterator

from export.agreement import BOUNDS
from export.choose import measured
from export.evaluation_inputs import for_part, read_folder
from export.pipeline import Request, load, trace
from export.precision import REDUCED
from export.progress import megabytes
from export.trial import Trial
from export.writer import scratch_folder

_COLUMNS = (
    "model",
    "weights",
    "precision",
    "size",
    "speed on this CPU",
    "min cosine",
    "mean cosine",
    "recall@10",
    "inputs",
    "in bounds",
)


def compare(request: Request) -> None:
    """Measure every reduced precision of every model and print it; nothing is written."""
    rows = list(_rows(request))
    print()
    for row in (_COLUMNS, ["---"] * len(_COLUMNS), *rows):
        print(f"| {' | '.join(row)} |")


def _rows(request: Request) -> Iterator[list[str]]:
    folder = read_folder(request.inputs)
    with scratch_folder() as scratch:
        for name in request.families:
            weights, family = load(name, request, scratch)
            for part in family.parts:
                graph, _ = trace(name, part, weights, request.tolerance)
                inputs = for_part(part, folder)
                trials = [measured(part.model, each, graph, inputs) for each in REDUCED]
                start = [f"`{part.model}`", f"{weights.source}, {weights.kind}"]
                yield [*start, "fp32", megabytes(len(graph)), _alone(trials), "", "", "", "", ""]
                for trial in trials:
                    yield [*start, *_figures(trial)]


def _alone(trials: list[Trial]) -> str:
    return f"1 ({min(trial.fp32_s for trial in trials) * 1e3:.0f} ms)"


def _figures(trial: Trial) -> list[str]:
    agreement = trial.agreement
    return [
        trial.precision,
        megabytes(len(trial.graph)),
        f"{trial.speed:.2f}",
        f"{agreement.min_cosine:.5f}",
        f"{agreement.mean_cosine:.5f}",
        f"{agreement.recall_at_10:.4f}",
        f"{agreement.inputs} {trial.inputs}",
        "yes" if agreement.holds(BOUNDS[trial.precision]) else "no",
    ]
