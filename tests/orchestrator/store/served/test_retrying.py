import asyncio

import pytest

from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.served.retrying import persist


class Passing(Exception):
    pass


def may_pass(exc: Exception) -> bool:
    return isinstance(exc, Passing | asyncio.TimeoutError)


class Service:
    """Answers with what it was given, in turn."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.calls = 0

    async def __call__(self) -> object:
        self.calls += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_the_first_answer_counts() -> None:
    service = Service(Passing("1"), Passing("2"), "yes", "never")
    parameters = QdrantParameters(retries=5, pause_s=0.001)
    assert await persist(service, parameters, may_pass) == "yes"
    assert service.calls == 3


async def test_the_last_error_is_told() -> None:
    service = Service(Passing("1"), Passing("2"), Passing("3"))
    with pytest.raises(Passing, match="3"):
        await persist(service, QdrantParameters(retries=2, pause_s=0.001), may_pass)


async def test_what_can_not_pass_is_told_at_once() -> None:
    service = Service(Passing("1"), ValueError("no"), "never")
    with pytest.raises(ValueError, match="no"):
        await persist(service, QdrantParameters(retries=5, pause_s=0.001), may_pass)
    assert service.calls == 2


async def test_without_retries_there_is_one_attempt() -> None:
    service = Service(Passing("1"), "never")
    with pytest.raises(Passing):
        await persist(service, QdrantParameters(retries=0), may_pass)
    assert service.calls == 1


async def test_an_attempt_that_takes_too_long_is_cancelled() -> None:
    ended: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    parameters = QdrantParameters(retries=1, timeout_s=0.01, pause_s=0.001)
    with pytest.raises(asyncio.TimeoutError):
        await persist(hang, parameters, may_pass)
    assert ended == ["cancelled", "cancelled"]


async def test_a_caller_that_is_cancelled_tries_no_more() -> None:
    begun = asyncio.Event()

    async def hang() -> None:
        assert not begun.is_set()
        begun.set()
        await asyncio.Event().wait()

    asking = asyncio.create_task(persist(hang, QdrantParameters(), may_pass))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
