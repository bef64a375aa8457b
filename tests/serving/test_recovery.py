"""The pauses between attempts to bring a model back."""

from serving.recovery import pause_s


def test_the_first_attempt_is_at_once_and_the_pauses_grow_to_a_minute() -> None:
    assert [pause_s(attempt) for attempt in range(9)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]
