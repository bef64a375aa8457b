import pytest

from orchestrator.media.errors import BadStatus, Missing, TooSlow, Unreachable


@pytest.mark.parametrize(
    ("status", "is_passing"),
    [(404, False), (403, False), (410, False), (429, True), (408, True), (500, True), (503, True)],
)
def test_a_status_says_whether_to_come_again(status: int, is_passing: bool) -> None:
    assert BadStatus("", status=status).is_passing is is_passing


def test_what_does_not_answer_may_do_so_later() -> None:
    assert TooSlow("").is_passing
    assert Unreachable("").is_passing
    assert not Missing("").is_passing
