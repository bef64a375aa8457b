"""One thread that writes, for an engine whose flush takes longer than its writes."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Write(Generic[T]):
    change: Callable[[], T]
    answer: Future[T] = field(default_factory=Future)


class WriterThread:
    """Makes changes one after another; those that wait share the next flush.

    A change is answered when it is flushed. One that fails fails alone; a flush that fails fails
    all that waited for it.
    """

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._waiting: deque[_Write[Any]] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-write")

    async def run(self, change: Callable[[], T]) -> T:
        """What `change` answers, when it is on disk."""
        write = _Write(change)
        self._waiting.append(write)
        self._thread.submit(self._make_waiting)
        return await asyncio.wrap_future(write.answer)

    def close(self) -> None:
        """End when nothing waits any more."""
        self._thread.shutdown()

    def _make_waiting(self) -> None:
        made: list[tuple[_Write[Any], Any]] = []
        # Those that come meanwhile are the next ones', so that these are answered.
        for write in [self._waiting.popleft() for _ in range(len(self._waiting))]:
            if not write.answer.set_running_or_notify_cancel():
                continue
            try:
                made.append((write, write.change()))
            except BaseException as exc:  # noqa: BLE001 -- it is the caller's
                write.answer.set_exception(exc)
        if made:
            self._settle(made)

    def _settle(self, made: list[tuple[_Write[Any], Any]]) -> None:
        try:
            self._flush()
        except BaseException as exc:  # noqa: BLE001 -- it is the callers'
            for write, _ in made:
                write.answer.set_exception(exc)
            return
        for write, answer in made:
            write.answer.set_result(answer)
