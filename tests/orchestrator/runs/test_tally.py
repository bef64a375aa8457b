import pytest

from orchestrator.runs.outcome import Outcome
from orchestrator.runs.tally import Tally, duration


def test_a_summary_says_how_many_how_fast_and_why_not() -> None:
    tally = Tally()
    for number in range(1200):
        tally.tell(Outcome("done", str(number), "m"))
    for reason in ("not-found", "timeout", "not-found"):
        tally.tell(Outcome("failed", reason, "m", reason, "why"))
    tally.tell(Outcome("known", "k", "m"))
    tally.tell(Outcome("gone", "g", "m"))
    assert list(tally.summary(240.0, verb="migrated")) == [
        "migrated 1,200 posts in 4 min 0 s, 5.0 a second",
        "there before: 1 post",
        "deleted meanwhile: 1 post",
        "failed: 3 posts (2 not-found, 1 timeout)",
    ]


def test_nothing_done_is_said_too() -> None:
    assert list(Tally().summary(0.0, verb="checked")) == ["checked 0 posts in 0.0 s, 0.0 a second"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (59.9, "59.9 s"),
        (60, "1 min 0 s"),
        (3599.9, "1 h 0 min"),
        (7380, "2 h 3 min"),
    ],
)
def test_durations_as_one_says_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said
