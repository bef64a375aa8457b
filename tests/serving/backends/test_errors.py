"""Messages for callers stand on one line."""

from serving.backends.errors import one_line


def test_line_breaks_become_spaces() -> None:
    assert one_line(ValueError("a\n  b\tc")) == "a b c"


def test_an_error_without_a_message_is_named() -> None:
    assert one_line(KeyError()) == "KeyError"


def test_a_long_message_is_cut() -> None:
    assert one_line("x" * 500, max_chars=10) == "x" * 9 + "…"
