"""Reading order of lines: rows from top to bottom, each from left to right."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.ocr.lines import Line, reading_order


def line(text: str, left: float, top: float, width: float = 100, height: float = 20) -> Line:
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    return Line(
        text, 0.9, np.array(corners, dtype=np.float32) + np.array([left, top], dtype=np.float32)
    )


def texts(lines: list[Line]) -> str:
    return " ".join(line.text for line in reading_order(lines))


def test_rows_come_from_top_to_bottom() -> None:
    assert texts([line("c", 0, 80), line("a", 30, 0), line("b", 10, 40)]) == "a b c"


def test_lines_beside_each_other_come_from_left_to_right() -> None:
    assert texts([line("right", 200, 0), line("left", 0, 4), line("below", 0, 30)]) == (
        "left right below"
    )


def test_a_row_that_slopes_a_little_is_one_row() -> None:
    sloping = [line("c", 240, 9), line("b", 120, 5), line("a", 0, 0)]
    assert texts(sloping) == "a b c"


def test_a_line_that_overlaps_by_less_than_half_is_the_next_row() -> None:
    assert texts([line("first", 200, 0), line("second", 0, 11)]) == "first second"


def test_a_tall_headline_and_the_small_lines_beside_it() -> None:
    lines = [
        line("BIG", 0, 0, height=60),
        line("lower", 200, 35, height=15),
        line("below", 0, 70),
    ]
    assert texts(lines) == "BIG lower below"


def test_a_picture_without_text_has_no_lines() -> None:
    assert reading_order([]) == []


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=12), st.randoms())
def test_every_line_is_kept_and_their_order_of_arrival_does_not_matter(
    corners: list[tuple[int, int]], random: Random
) -> None:
    lines = [line(f"{left},{top}", left, top) for left, top in set(corners)]
    ordered = texts(lines)
    random.shuffle(lines)
    assert texts(lines) == ordered
    assert sorted(ordered.split()) == sorted(line.text for line in lines)
