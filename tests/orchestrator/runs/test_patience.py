import asyncio
from collections.abc import Awaitable, Callable

import pytest

from orchestrator.errors import InferenceUnavailable, Unavailable
from orchestrator.runs.errors import GaveUp, Stopped
from orchestrator.runs.patience import Patience
from tests.orchestrator.runs.made_work import always_well, never_well


class Away(Unavailable):
    """Asks to come back at once."""

    retry_after_s = 0


def answering_at(attempt: int) -> tuple[Callable[[], Awaitable[int]], list[int]]:
    """A call that answers at its nth attempt, and its attempts."""
    attempts: list[int] = []

    async def call() -> int:
        attempts.append(len(attempts) + 1)
        if len(attempts) < attempt:
            raise Away("ocr is away")
        return 42

    return call, attempts


async def test_what_is_away_is_asked_until_it_answers() -> None:
    call, attempts = answering_at(20)
    assert await Patience(60, never_well).through(call) == 42
    assert len(attempts) == 20


async def test_what_alone_fails_while_others_are_answered_is_not_waited_for() -> None:
    call, attempts = answering_at(1000)
    with pytest.raises(Away, match="ocr is away"):
        await Patience(60, always_well).through(call)
    assert len(attempts) == 6


async def test_patience_ends() -> None:
    call, _ = answering_at(10**9)
    with pytest.raises(GaveUp, match=r"^ocr is away, for 0\.05 s$"):
        await Patience(0.05, never_well).through(call)


async def test_without_patience_the_first_failure_is_the_last() -> None:
    call, attempts = answering_at(2)
    with pytest.raises(GaveUp):
        await Patience(0, never_well).through(call)
    assert attempts == [1]


async def test_other_errors_are_not_waited_out() -> None:
    async def call() -> None:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        await Patience(60, never_well).through(call)


async def test_a_wait_ends_when_it_is_told() -> None:
    asked = asyncio.Event()

    async def call() -> None:
        asked.set()
        raise InferenceUnavailable("ocr is away", model="ocr")

    patience = Patience(600, never_well)
    waiting = asyncio.ensure_future(patience.through(call))
    await asked.wait()
    patience.end()
    with pytest.raises(Stopped):
        await asyncio.wait_for(waiting, timeout=10)
