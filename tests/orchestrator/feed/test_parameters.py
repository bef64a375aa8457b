from dataclasses import fields
from datetime import datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter, ValidationError

from orchestrator.feed.parameters import FeedParameters

CHECKED = TypeAdapter(FeedParameters)
NUMBERS = [field.name for field in fields(FeedParameters)]


def test_the_defaults_are_possible() -> None:
    assert CHECKED.validate_python({}) == FeedParameters()


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [-1, "many", float("nan")])
def test_impossible_values_are_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        CHECKED.validate_python({name: value})
    assert [error["loc"] for error in caught.value.errors()] == [(name,)]


@pytest.mark.parametrize(
    "name", [*(each for each in NUMBERS if not each.startswith(("exploration", "compared")))]
)
def test_what_must_be_more_than_nothing(name: str) -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        CHECKED.validate_python({name: 0})


def test_every_span_is_one_that_the_calendar_and_a_cursor_hold() -> None:
    longest = CHECKED.validate_python({"seen_days": 36_500, "session_ttl_s": 365 * 86_400})
    now = datetime(2026, 11, 1, tzinfo=timezone.utc)
    assert (now - timedelta(days=longest.seen_days)).year == 1926
    assert now.timestamp() + longest.session_ttl_s < 2**32
