"""How a post is named in the tables of `make run`."""

from typing import Any

import pytest

from quickstart.feed_table import label

POST: dict[str, Any] = {"media_id": "m1", "caption": None, "ocr_text": "", "duration_s": None}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "m1"),
        ({"caption": "A cat", "ocr_text": "MEOW"}, "m1: A cat"),
        ({"ocr_text": "TWO\nLINES"}, "m1: TWO LINES"),
        ({"duration_s": 9.96, "caption": "Lift-off"}, "m1 (10 s): Lift-off"),
        ({"duration_s": 5.994}, "m1 (6 s)"),
    ],
)
def test_a_label(changes: dict[str, Any], expected: str) -> None:
    assert label({**POST, **changes}) == expected
