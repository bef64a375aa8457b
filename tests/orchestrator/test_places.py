import asyncio
from functools import partial

import pytest

from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable
from orchestrator.places import Places

FULL = partial(InferenceUnavailable, "ocr is busy", model="ocr")


async def test_what_is_beyond_waits_for_its_turn() -> None:
    places, ends = Places(2, FULL), asyncio.Event()
    begun: list[int] = []

    async def work(number: int) -> None:
        async with places.one(Deadline.after(5)):
            begun.append(number)
            await ends.wait()

    working = [asyncio.create_task(work(number)) for number in range(4)]
    await asyncio.sleep(0.01)
    assert begun == [0, 1]
    ends.set()
    await asyncio.gather(*working)
    assert begun == [0, 1, 2, 3]


async def test_what_has_waited_in_vain_is_told_so_and_takes_no_place() -> None:
    places = Places(1, FULL)
    async with places.one(Deadline.after(5)):
        for time_s in (0, 0.02):
            with pytest.raises(InferenceUnavailable, match="ocr is busy"):
                await places.one(Deadline.after(time_s)).__aenter__()
    async with places.one(Deadline.after(5)):
        pass


async def test_a_place_is_free_again_after_what_failed_or_was_cancelled() -> None:
    places = Places(1, FULL)
    with pytest.raises(ValueError, match="broken"):
        async with places.one(Deadline.after(5)):
            raise ValueError("broken")
    async with places.one(Deadline.after(5)):
        waiting = asyncio.create_task(places.one(Deadline.after(5)).__aenter__())
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with places.one(Deadline.after(1)):
        pass
