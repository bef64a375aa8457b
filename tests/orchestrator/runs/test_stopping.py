import asyncio
import os
import signal

import pytest

from orchestrator.runs.stopping import until_stopped


def nothing() -> None:
    pass


async def test_work_that_ends_was_not_stopped() -> None:
    assert await until_stopped(asyncio.sleep(0), nothing)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_first_signal_asks_for_the_end(number: signal.Signals) -> None:
    stopped = asyncio.Event()

    async def work() -> None:
        os.kill(os.getpid(), number)
        await stopped.wait()

    assert not await asyncio.wait_for(until_stopped(work(), stopped.set), timeout=10)


async def test_the_second_signal_ends_at_once() -> None:
    asked = asyncio.Event()

    async def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asked.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    assert not await asyncio.wait_for(until_stopped(work(), asked.set), timeout=10)


async def test_after_a_while_the_first_signal_is_enough() -> None:
    async def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()

    assert not await asyncio.wait_for(until_stopped(work(), nothing, grace_s=0), timeout=10)


async def test_what_the_work_raises_is_raised() -> None:
    async def work() -> None:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        await until_stopped(work(), nothing)
