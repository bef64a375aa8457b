"""Vectors of a generation for every post that lacks them, beside whatever else goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.generations.filling import Filler, is_filled
from orchestrator.runs.errors import ReportFailed
from orchestrator.runs.outcome import Outcome
from orchestrator.runs.patience import Patience
from orchestrator.runs.pipeline import Pipeline, Sorted
from orchestrator.runs.report import Report
from orchestrator.runs.tally import Tally
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost

_PAGE = 100
_PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class _Posts:
    """`Source`: all posts, with the vectors that they have of the generation."""

    store: Store

    async def page(self, after: str | None) -> tuple[Sequence[StoredPost], str | None]:
        return await self.store.scan_posts(after, limit=_PAGE, with_vectors=True)


@dataclass(frozen=True, slots=True)
class _Fill:
    """`Job`: fills what lacks a vector."""

    filler: Filler

    async def sort(self, items: Sequence[StoredPost]) -> Sorted[StoredPost]:
        return Sorted(
            settled=[_known(post) for post in items if is_filled(post)],
            pending=[post for post in items if not is_filled(post)],
        )

    async def do(self, item: StoredPost) -> Outcome:
        if await self.filler.fill(item.media_id):
            return Outcome("done", item.media_id, item.media_id)
        return _known(item)

    def failed(self, item: StoredPost, reason: str, detail: str) -> Outcome:
        return Outcome("failed", item.media_id, item.media_id, reason, detail)


def _known(post: StoredPost) -> Outcome:
    return Outcome("known", post.media_id, post.media_id)


class Backfill:
    """One run over all posts. What failed stands in its report, and is tried again by the next."""

    def __init__(
        self,
        filler: Filler,
        report: Path,
        *,
        is_well: Callable[[], Awaitable[bool]],
        workers: int,
    ) -> None:
        """`is_well` says whether the models answer. StartupError for a report that can't be."""
        self.tally = Tally()
        self.report_path = report
        self._report = Report(report)
        self._pipeline = Pipeline(
            _Posts(filler.store),
            _Fill(filler),
            self._tell,
            workers=workers,
            patience=Patience(_PATIENCE_S, is_well),
        )
        self._untold: asyncio.Queue[Outcome | None] = asyncio.Queue()
        self._is_stopped = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Run in the background."""
        self._task = asyncio.create_task(self._run())

    @property
    def state(self) -> str:
        """`running`, `done`, `stopped`, or why else it ended early."""
        if self._task is None or not self._task.done():
            return "running"
        exc = None if self._task.cancelled() else self._task.exception()
        if exc is not None:
            return str(exc)
        return "stopped" if self._is_stopped else "done"

    async def wait(self) -> None:
        """Until it ends; what ended it early is its `state`."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def stop(self) -> None:
        """Begin nothing more, and end."""
        if self.state == "running":
            self._is_stopped = True
            self._pipeline.stop()
        await self.wait()

    async def _run(self) -> None:
        writing = asyncio.create_task(self._write())
        try:
            await self._pipeline.run()
        finally:
            self._untold.put_nowait(None)
            try:
                await writing
            finally:
                await asyncio.to_thread(self._report.close)

    def _tell(self, outcome: Outcome) -> None:
        self.tally.tell(outcome)
        self._untold.put_nowait(outcome)

    async def _write(self) -> None:
        """Outcomes into the report, beside the event loop: each line waits for the disk."""
        is_last = False
        while not is_last:
            batch = [await self._untold.get()]
            while not self._untold.empty():
                batch.append(self._untold.get_nowait())
            is_last = None in batch
            try:
                await asyncio.to_thread(self._note, [each for each in batch if each is not None])
            except ReportFailed:
                self._pipeline.stop()
                raise

    def _note(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self._report.tell(outcome)
