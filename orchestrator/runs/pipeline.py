"""Items of a source, through a job, several at once: bounded in memory, ended in order.

The legacy collection into the new one is one use; vectors of a new model beside the old is
another. A source pages through what there is; a job knows what is done already, and does the rest.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from orchestrator.errors import FeedlensError, FingerprintMismatch, StartupError
from orchestrator.media.errors import MediaError
from orchestrator.runs.errors import RunStopped, Stopped, reason_of
from orchestrator.runs.outcome import Outcome
from orchestrator.runs.patience import Patience

_LOG = logging.getLogger(__name__)
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)


class Source(Protocol[Item_co]):
    """Where items come from."""

    async def page(self, after: str | None) -> tuple[Sequence[Item_co], str | None]:
        """Some items, and where to go on: None at first, None at the end.

        Raises Unavailable; asked again with the same `after`, it answers the same.
        """


@dataclass(frozen=True, slots=True)
class Sorted(Generic[Item]):
    """Items that nothing is left to do for, as outcomes, and the others."""

    settled: Sequence[Outcome]
    pending: Sequence[Item]


class Job(Protocol[Item]):
    """What is done with an item. Unavailable is waited out; FingerprintMismatch ends the run."""

    async def sort(self, items: Sequence[Item]) -> Sorted[Item]:
        """What is done already, or can't be, at the cost of one question for all."""

    async def do(self, item: Item) -> Outcome:
        """Do it. Any other error is the item's failure."""

    def failed(self, item: Item, reason: str, detail: str) -> Outcome:
        """The outcome of an item that failed."""


class Pipeline(Generic[Item]):
    """One reader, a short queue, several workers."""

    def __init__(
        self,
        source: Source[Item],
        job: Job[Item],
        tell: Callable[[Outcome], None],
        *,
        workers: int,
        patience: Patience,
        limit: int | None = None,
    ) -> None:
        """`tell` hears every outcome, what it raises ends the run; `limit` is of items tried."""
        self._source = source
        self._job = job
        self._tell = tell
        self._workers = workers
        self._patience = patience
        self._left = limit
        self._queue: asyncio.Queue[Item | None] = asyncio.Queue(maxsize=2 * workers)
        self._stopped = False

    async def run(self) -> None:
        """Until the source ends, or `stop`; raises what ends the run early."""
        tasks = [asyncio.ensure_future(self._read())]
        tasks += [asyncio.ensure_future(self._work()) for _ in range(self._workers)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        """Begin nothing more: what is being done is ended, what waits for a model is dropped."""
        self._stopped = True
        self._patience.end()
        while not self._queue.empty():
            self._queue.get_nowait()
        # What was dropped may have been the reader's last words.
        for _ in range(self._workers):
            self._queue.put_nowait(None)

    async def _read(self) -> None:
        after: str | None = None
        with suppress(Stopped):
            while not self._stopped and self._left != 0:
                page = partial(self._source.page, after)
                items, after = await self._patience.through(page)
                await self._sort(items)
                if after is None:
                    break
        for _ in range(self._workers):
            await self._queue.put(None)

    async def _sort(self, items: Sequence[Item]) -> None:
        found = await self._patience.through(lambda: self._job.sort(items))
        for outcome in found.settled:
            self._tell(outcome)
        for item in found.pending[: self._left]:
            if self._stopped:
                return
            await self._queue.put(item)
        if self._left is not None:
            self._left -= min(self._left, len(found.pending))

    async def _work(self) -> None:
        with suppress(Stopped):
            while (item := await self._queue.get()) is not None and not self._stopped:
                self._tell(await self._outcome(item))

    async def _outcome(self, item: Item) -> Outcome:
        try:
            return await self._patience.through(lambda: self._job.do(item))
        except (FingerprintMismatch, StartupError, RunStopped):
            raise
        except MediaError as exc:
            return self._job.failed(item, exc.reason, exc.detail)
        except FeedlensError as exc:
            return self._job.failed(item, reason_of(exc), exc.detail)
        except Exception as exc:  # noqa: BLE001 - one odd item must not end the run
            _LOG.exception("a defect, which is this item's failure alone")
            return self._job.failed(item, "defect", repr(exc))
