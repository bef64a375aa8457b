"""The backfills of this process, one a generation at a time."""

from pathlib import Path

from orchestrator.generations.backfill import Backfill
from orchestrator.generations.generations import Generations


class Backfills:
    """Backfills by the generation's id."""

    def __init__(self, generations: Generations, folder: Path) -> None:
        """`folder` is for their reports."""
        self._generations = generations
        self._folder = folder
        self._runs: dict[str, Backfill] = {}

    def start(self, key: str, *, workers: int) -> Backfill:
        """Start one, or answer the one that runs.

        Raises NotFound, Conflict where this process has not the models, StartupError for a report
        that can't be written.
        """
        member = self._generations.member(key)
        run = self._runs.get(key)
        if run is not None and run.state == "running":
            return run

        async def is_well() -> bool:
            return not await member.readiness.failures()

        report = self._folder / f"backfill-{key}.jsonl"
        run = self._runs[key] = Backfill(member.filler, report, is_well=is_well, workers=workers)
        run.start()
        return run

    def last(self, key: str) -> Backfill | None:
        """The one that runs, or the last that ran since the start."""
        return self._runs.get(key)

    async def stop(self, key: str) -> None:
        """End one, if it runs; what is filled stays."""
        run = self._runs.get(key)
        if run is not None:
            await run.stop()

    async def close(self) -> None:
        """End all of them."""
        for key in self._runs:
            await self.stop(key)
