import asyncio

import pytest

from orchestrator.deadline import Deadline
from orchestrator.errors import Unavailable
from orchestrator.queues import Queue


async def test_few_have_their_turn_some_wait_and_more_are_refused() -> None:
    queue, ends = Queue("drawings", at_once=2, length=4), asyncio.Event()
    begun: list[int] = []

    async def work(number: int) -> None:
        async with queue.turn(Deadline.after(5)):
            begun.append(number)
            await ends.wait()

    working = [asyncio.create_task(work(number)) for number in range(4)]
    await asyncio.sleep(0.01)
    assert begun == [0, 1]
    with pytest.raises(Unavailable, match="4 drawings are in work; try again shortly"):
        await work(4)
    ends.set()
    await asyncio.gather(*working)
    await work(5)
    assert begun == [0, 1, 2, 3, 5]


async def test_what_failed_or_waited_in_vain_leaves_its_place() -> None:
    queue = Queue("drawings", at_once=1, length=2)
    with pytest.raises(ValueError, match="broken"):
        async with queue.turn(Deadline.after(5)):
            raise ValueError("broken")
    async with queue.turn(Deadline.after(5)):
        for _ in range(3):
            with pytest.raises(Unavailable, match="2 drawings are in work"):
                await queue.turn(Deadline.after(0.01)).__aenter__()
    async with queue.turn(Deadline.after(5)):
        pass
