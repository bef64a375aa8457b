import pytest

from orchestrator.feed.reasons import reason
from ranking.types import Signal


def signals(**values: float) -> dict[str, Signal | None]:
    return {name: Signal(value, value, 0.2, 0.2 * value) for name, value in values.items()}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"visual": 0.9}, "looks like posts you liked"),
        ({"visual": 0.7, "text": 0.9}, "is about what you liked and looks like posts you liked"),
        ({"text": 0.6, "recency": 0.9, "engagement": 0.8}, "is new and is popular"),
        ({"visual": 0.5, "engagement": 0.1, "diversity": 1.0}, "adds variety to your feed"),
    ],
)
def test_the_strongest_signals_are_told(values: dict[str, float], expected: str) -> None:
    assert reason(signals(**values)) == expected


def test_a_missing_or_weightless_signal_is_not_told() -> None:
    weightless = Signal(0.9, 0.9, 0.0, 0.0)
    told = {"visual": None, "text": weightless, "diversity": Signal(1.0, 1.0, 0.1, 0.1)}
    assert reason(told) == "adds variety to your feed"
    assert reason({**told, "diversity": weightless}) == "is worth a look"


def test_what_chance_placed_says_so_whatever_its_signals() -> None:
    assert reason(signals(visual=0.9), explored=True) == "is new and few have seen it yet"


def test_the_two_that_contributed_most_are_told_whatever_their_value() -> None:
    told = {
        "recency": Signal(0.0, 1.0, 0.1, 0.1),
        "engagement": Signal(90.0, 0.6, 0.3, 0.18),
        "text": Signal(0.9, 0.9, 0.3, 0.27),
        "visual": Signal(0.4, 0.4, 0.9, 0.36),
    }
    assert reason(told) == "is about what you liked and is popular"


def test_signals_that_contributed_alike_are_told_by_name() -> None:
    assert reason(signals(recency=0.8, engagement=0.8, text=0.8)) == "is popular and is new"
