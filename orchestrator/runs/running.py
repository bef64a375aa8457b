"""A run: a source through a job; every outcome counted, shown and reported."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from orchestrator.runs.errors import RunStopped
from orchestrator.runs.outcome import Outcome
from orchestrator.runs.patience import Patience
from orchestrator.runs.pipeline import Job, Pipeline, Source
from orchestrator.runs.stopping import until_stopped
from orchestrator.runs.tally import Tally

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended; `why` says why it ended early, None where it did not."""

    tally: Tally
    duration_s: float
    why: str | None


async def run(
    source: Source[Item],
    job: Job[Item],
    listeners: Sequence[Callable[[Outcome], None]],
    *,
    workers: int,
    patience: Patience,
    limit: int | None,
) -> Ended:
    """Until everything is done, a signal asks to stop, or nothing can go on.

    `listeners` hear every outcome; RunStopped of theirs ends the run. Raises StartupError and
    FingerprintMismatch where the settings are at fault.
    """
    tally = Tally()

    def tell(outcome: Outcome) -> None:
        tally.tell(outcome)
        for listener in listeners:
            listener(outcome)

    pipeline = Pipeline(source, job, tell, workers=workers, patience=patience, limit=limit)
    began_at_s = time.monotonic()
    why = None
    try:
        if not await until_stopped(pipeline.run(), pipeline.stop):
            why = "told to stop"
    except RunStopped as exc:
        why = str(exc)
    return Ended(tally, time.monotonic() - began_at_s, why)
