"""The words of a post."""

import pytest

from orchestrator.extraction.words import text_of, words_of
from orchestrator.inference.models import TextLine


def test_lines_stand_below_each_other() -> None:
    box = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    assert text_of([TextLine("one", 0.9, box), TextLine("two", 0.8, box)]) == "one\ntwo"
    assert text_of([]) == ""


@pytest.mark.parametrize(
    ("caption", "ocr_text", "words"),
    [
        ("a cat", "TOP\nBOTTOM", "a cat\nTOP\nBOTTOM"),
        ("a cat", "", "a cat"),
        (None, "TOP", "TOP"),
        (None, "", ""),
        ("", "", ""),
    ],
)
def test_the_caption_comes_first(caption: str | None, ocr_text: str, words: str) -> None:
    assert words_of(caption, ocr_text) == words
