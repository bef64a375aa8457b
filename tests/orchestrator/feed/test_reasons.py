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
    assert reason({"visual": None, "text": Signal(0.9, 0.9, 0.0, 0.0)}) == (
        "adds variety to your feed"
    )
