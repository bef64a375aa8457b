import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from orchestrator.store.embedded.writer_thread import WriterThread


class Disk:
    """`written` is what changes wrote, `flushed` what is safe after each flush."""

    def __init__(self) -> None:
        self.written: list[int] = []
        self.flushed: list[list[int]] = []
        self.is_full = False
        self.gate = threading.Event()
        self.gate.set()
        self.began = threading.Event()

    def write(self, number: int) -> Callable[[], int]:
        def change() -> int:
            self.began.set()
            self.gate.wait()
            self.written.append(number)
            return number * 10

        return change

    def flush(self) -> None:
        if self.is_full:
            raise OSError("full")
        self.flushed.append(list(self.written))


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def writer(disk: Disk) -> Iterator[WriterThread]:
    made = WriterThread(disk.flush)
    yield made
    disk.gate.set()
    made.close()


async def begun(disk: Disk, writer: WriterThread, count: int) -> list[asyncio.Task[int]]:
    """Writes 0, 1, …, of which the first is under way and the others wait."""
    disk.gate.clear()
    writes = [asyncio.create_task(writer.run(disk.write(0)))]
    await asyncio.to_thread(disk.began.wait)
    writes += [asyncio.create_task(writer.run(disk.write(i))) for i in range(1, count)]
    await asyncio.sleep(0)
    return writes


async def test_a_change_is_answered_when_it_is_flushed(disk: Disk, writer: WriterThread) -> None:
    assert await writer.run(disk.write(1)) == 10
    assert disk.flushed == [[1]]


async def test_those_that_wait_share_a_flush_and_keep_their_order(
    disk: Disk, writer: WriterThread
) -> None:
    writes = await begun(disk, writer, 6)
    disk.gate.set()
    assert await asyncio.gather(*writes) == [0, 10, 20, 30, 40, 50]
    assert disk.flushed == [[0], [0, 1, 2, 3, 4, 5]]


async def test_one_that_fails_fails_alone(disk: Disk, writer: WriterThread) -> None:
    def fail() -> None:
        raise ValueError("no")

    first, *_ = await begun(disk, writer, 1)
    failing = asyncio.create_task(writer.run(fail))
    other = asyncio.create_task(writer.run(disk.write(2)))
    await asyncio.sleep(0)
    disk.gate.set()
    assert (await first, await other) == (0, 20)
    with pytest.raises(ValueError, match="no"):
        await failing


async def test_a_flush_that_fails_fails_all_that_waited_for_it(
    disk: Disk, writer: WriterThread
) -> None:
    writes = await begun(disk, writer, 3)
    disk.is_full = True
    disk.gate.set()
    answers = await asyncio.gather(*writes, return_exceptions=True)
    assert [repr(answer) for answer in answers] == ["OSError('full')"] * 3
    disk.is_full = False
    assert await writer.run(disk.write(9)) == 90


async def test_one_whose_caller_went_before_it_began_is_not_made(
    disk: Disk, writer: WriterThread
) -> None:
    first, second, third = await begun(disk, writer, 3)
    second.cancel()
    await asyncio.sleep(0)
    disk.gate.set()
    assert (await first, await third) == (0, 20)
    assert disk.written == [0, 2]


async def test_what_waits_is_made_before_it_ends(disk: Disk) -> None:
    writer = WriterThread(disk.flush)
    writes = await begun(disk, writer, 3)
    closing = asyncio.create_task(asyncio.to_thread(writer.close))
    await asyncio.sleep(0)
    disk.gate.set()
    await closing
    assert disk.flushed[-1] == [0, 1, 2]
    await asyncio.gather(*writes)
