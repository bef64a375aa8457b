import asyncio
import logging

import pytest

from orchestrator.errors import (
    FingerprintMismatch,
    InvalidRequest,
    StoreUnavailable,
    Unavailable,
)
from orchestrator.feed.sessions import Snapshot
from orchestrator.rollout.breaker import Breaker
from orchestrator.rollout.guard import Failure, Guard
from tests.orchestrator.rollout.makers import FakeMaker, new_session

NEW = new_session()


def clock_s() -> float:
    return 0.0


@pytest.fixture
def breaker() -> Breaker:
    return Breaker(2, 10.0, clock_s)


@pytest.fixture
def guard(breaker: Breaker) -> Guard:
    return Guard(breaker, 30.0)


async def failure_of(guard: Guard, maker: FakeMaker) -> Failure:
    made = await guard.make(maker, NEW)
    assert isinstance(made, Failure)
    return made


async def test_a_session_that_is_made_goes_through(guard: Guard) -> None:
    made = await guard.make(FakeMaker(), NEW)
    assert isinstance(made, Snapshot)
    assert made.media_ids == ("m1", "m2", "m3")


async def test_what_is_away_is_named(guard: Guard) -> None:
    error = StoreUnavailable("the store is away")
    assert await failure_of(guard, FakeMaker(error=error)) == (
        "unavailable", "the store is away", error,
    )  # fmt: skip


async def test_a_maker_that_takes_too_long_is_cancelled(breaker: Breaker) -> None:
    maker = FakeMaker(gate=asyncio.Event())
    failure = await failure_of(Guard(breaker, 0.01), maker)
    assert (failure.reason, failure.detail) == ("timeout", "no answer within 0.01 s")
    assert isinstance(failure.error, Unavailable)
    assert failure.error.detail == "the feed: no answer within 0.01 s"
    assert maker.cancelled == 1


async def test_a_defect_is_logged_with_its_traceback(
    guard: Guard, caplog: pytest.LogCaptureFixture
) -> None:
    error = ZeroDivisionError("of ours")
    failure = await failure_of(guard, FakeMaker(error=error))
    assert (failure.reason, failure.detail) == ("defect", "an unexpected error; see the log")
    assert isinstance(failure.error, Unavailable)
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.exc_info[1] is error


async def test_what_the_caller_is_to_blame_for_is_no_failure(
    guard: Guard, breaker: Breaker
) -> None:
    for _ in range(5):
        with pytest.raises(InvalidRequest, match="weights"):
            await guard.make(FakeMaker(error=InvalidRequest("weights")), NEW)
    assert breaker.state == "closed"


async def test_of_our_errors_only_invalid_requests_are_the_callers(guard: Guard) -> None:
    failure = await failure_of(guard, FakeMaker(error=FingerprintMismatch("other models")))
    assert failure.reason == "defect"


async def test_failures_are_logged_with_the_state_of_the_circuit(
    guard: Guard, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(4):
        await failure_of(guard, FakeMaker(error=StoreUnavailable("away")))
    assert [record.getMessage() for record in caplog.records] == [
        "a ranker failed, its circuit is closed: away",
        "a ranker failed, its circuit is open: away",
    ]


async def test_nothing_is_asked_while_the_circuit_is_open(guard: Guard, breaker: Breaker) -> None:
    maker = FakeMaker(error=StoreUnavailable("away"))
    for _ in range(2):
        await failure_of(guard, maker)
    assert breaker.state == "open"
    failure = await failure_of(guard, maker)
    assert failure.reason == "circuit_open"
    assert failure.detail == "it failed too often; it is tried again in 10 s"
    assert isinstance(failure.error, Unavailable)
    assert len(maker.asked) == 2


async def test_a_request_that_is_cancelled_says_nothing(breaker: Breaker) -> None:
    maker = FakeMaker(gate=asyncio.Event())
    guard = Guard(breaker, 30.0)
    for _ in range(3):
        task = asyncio.create_task(guard.make(maker, NEW))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (breaker.state, maker.cancelled) == ("closed", 3)
