from dataclasses import replace

import pytest

from orchestrator.extraction.repeated_lines import MAX_CHARS, MAX_LINES, distinct
from orchestrator.inference.models import TextLine

BOX = ((0.0, 0.0), (9.0, 0.0), (9.0, 2.0), (0.0, 2.0))


def line(text: str, time_s: float = 0.0, confidence: float = 0.9) -> TextLine:
    return TextLine(text, confidence, BOX, time_s)


def texts(*shown: str) -> list[str]:
    """What is left of lines, one a second."""
    return [each.text for each in distinct(line(text, second) for second, text in enumerate(shown))]


@pytest.mark.parametrize(
    "again",
    [
        "Add the flour slowly",
        "ADD THE FLOUR SLOWLY",
        "Add theflour slowly!",
        "Add the fl0ur slowly",
        "Add the fIour slowly",
        "  add, the flour -- slowly...",
    ],
)
def test_a_line_counts_once_however_ocr_reads_it_again(again: str) -> None:
    assert texts("Add the flour slowly", again) == ["Add the flour slowly"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PART 1", "PART 2"),
        ("PART1", "PART2"),
        ("CHAPTER ONE", "CHAPTER TWO"),
        ("ONLY $19.99 TODAY", "ONLY $18.99 TODAY"),
        ("NOW AT 2.5 PERCENT", "NOW AT 25 PERCENT"),
        ("HOME 3 : 1 AWAY TEAM", "HOME 3 : 2 AWAY TEAM"),
        ("10:05 TO CENTRAL STATION", "10:50 TO CENTRAL STATION"),
        ("on", "no"),
        ("cat", "car"),
        ("yes", "yes we can"),
        ("black", "slack"),
        ("turn left at the bakery", "turn right at the bakery"),
        ("★★★", "★★"),
    ],
)
def test_lines_that_say_something_else_stay_two(one: str, other: str) -> None:
    assert texts(one, other) == [one, other]


def test_lines_of_signs_count_once_too() -> None:
    assert texts("★★★", "★ ★ ★", "?") == ["★★★", "?"]


def test_the_first_time_and_place_and_the_surest_words_are_kept() -> None:
    moved = tuple((x + 50, y) for x, y in BOX)
    first = line("SUBSCR1BE TO THIS CHANNEL", 1.0, 0.6)
    surest = TextLine("SUBSCRIBE TO THIS CHANNEL", 0.95, moved, 2.0)
    last = line("SUBSCRIBE T0 THIS CHANNEL", 3.0, 0.7)
    assert distinct([first, line("OTHER WORDS", 1.0), surest, last]) == (
        replace(first, text="SUBSCRIBE TO THIS CHANNEL", confidence=0.95),
        line("OTHER WORDS", 1.0),
    )


def test_readings_that_are_each_like_the_one_before_are_compared_with_the_first() -> None:
    steps = ["abcdefghijklmnopqrst", "xbcdefghijklmnopqrst", "xbcdefghijklmnopqrsz"]
    assert texts(*steps, "xbcdexghijkxmnopqrsz") == [steps[0], "xbcdexghijkxmnopqrsz"]


def test_how_much_is_kept_is_bounded() -> None:
    assert len(texts(*(f"line {number} of many" for number in range(MAX_LINES + 50)))) == MAX_LINES
    long = [f"{number:03}" + "x" * (MAX_CHARS // 4) for number in range(9)]
    assert texts(*long) == long[:3]


def test_nothing_is_nothing() -> None:
    assert distinct([]) == ()
