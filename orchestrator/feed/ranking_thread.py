"""One thread for ranking, off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class RankingThread:
    """Runs one piece of work after the other.

    Rankings are short and mostly Python: several threads at once would spend their time in
    handing the interpreter to each other.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="rank")

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` answers."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Wait for what runs."""
        self._threads.shutdown()
