import pytest

from orchestrator.rollout.breaker import Breaker


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(3, 10.0, clock)


def attempt(breaker: Breaker) -> int:
    number = breaker.admit()
    assert number is not None
    return number


def state(breaker: Breaker) -> str:
    return breaker.state


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed(attempt(breaker))


def test_it_opens_after_failures_in_a_row(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeeded(attempt(breaker))
    fail(breaker, 2)
    assert (breaker.state, breaker.retry_in_s) == ("closed", 0.0)
    fail(breaker, 1)
    assert (breaker.state, breaker.retry_in_s, breaker.admit()) == ("open", 10.0, None)


def test_half_open_lets_one_through(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now_s += 9.9
    assert breaker.admit() is None
    clock.now_s += 0.1
    assert state(breaker) == "half_open"
    trial = attempt(breaker)
    assert breaker.admit() is None
    breaker.succeeded(trial)
    assert state(breaker) == "closed"
    fail(breaker, 2)
    assert state(breaker) == "closed"


def test_a_trial_that_fails_opens_it_again(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now_s += 10
    fail(breaker, 1)
    assert (breaker.state, breaker.retry_in_s) == ("open", 10.0)


def test_a_trial_that_is_withdrawn_leaves_room_for_the_next(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now_s += 10
    breaker.withdrawn(attempt(breaker))
    assert state(breaker) == "half_open"
    breaker.succeeded(attempt(breaker))
    assert state(breaker) == "closed"


def test_what_is_withdrawn_is_neither_failure_nor_success(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.withdrawn(attempt(breaker))
    fail(breaker, 1)
    assert state(breaker) == "open"


def test_attempts_from_before_the_opening_say_nothing(breaker: Breaker, clock: Clock) -> None:
    late = [attempt(breaker) for _ in range(3)]
    fail(breaker, 3)
    breaker.succeeded(late[0])
    assert state(breaker) == "open"
    clock.now_s += 10
    trial = attempt(breaker)
    breaker.failed(late[1])
    breaker.withdrawn(late[2])
    assert breaker.admit() is None
    breaker.succeeded(trial)
    assert state(breaker) == "closed"
