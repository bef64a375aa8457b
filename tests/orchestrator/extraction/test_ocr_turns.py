import asyncio
from contextlib import AsyncExitStack

import pytest

from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable
from orchestrator.extraction.ocr_turns import OcrTurns

SOON = 0.02


async def test_two_frames_at_a_time() -> None:
    turns = OcrTurns()
    async with AsyncExitStack() as reading:
        for _ in range(2):
            await reading.enter_async_context(turns.frame(Deadline.after(5)))
        with pytest.raises(InferenceUnavailable, match="reads other videos"):
            await reading.enter_async_context(turns.frame(Deadline.after(SOON)))
    async with turns.frame(Deadline.after(5)):
        pass


async def test_one_frame_while_a_picture_is_read_and_pictures_never_wait() -> None:
    turns = OcrTurns()
    with turns.picture(), turns.picture():
        async with turns.frame(Deadline.after(5)):
            with pytest.raises(InferenceUnavailable):
                await turns.frame(Deadline.after(SOON)).__aenter__()
            with turns.picture():
                pass


async def test_a_frame_that_waits_begins_as_soon_as_the_last_picture_is_read() -> None:
    turns, order = OcrTurns(), []

    async def read(name: str, until: asyncio.Event) -> None:
        async with turns.frame(Deadline.after(5)):
            order.append(name)
            await until.wait()

    end = asyncio.Event()
    with turns.picture():
        first = asyncio.create_task(read("first", end))
        second = asyncio.create_task(read("second", end))
        await asyncio.sleep(SOON)
        assert order == ["first"]
    await asyncio.sleep(SOON)
    assert order == ["first", "second"]
    end.set()
    await asyncio.gather(first, second)
