import asyncio

import pytest

from orchestrator.background import Background


async def test_what_is_started_runs_and_can_be_awaited() -> None:
    background = Background()

    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    assert await background.start(answer()) == 42
    await background.close()


async def test_the_close_cancels_what_runs_and_waits_for_its_end() -> None:
    background = Background()
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            ended.append("tidied up")

    task = background.start(endless())
    await asyncio.sleep(0)
    await background.close()
    assert ended == ["tidied up"]
    with pytest.raises(asyncio.CancelledError):
        await task
