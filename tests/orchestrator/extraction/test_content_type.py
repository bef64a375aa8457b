import pytest

from orchestrator.extraction.content_type import (
    ContentType,
    Evidence,
    content_type,
    text_coverage,
)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (Evidence(False, 0.0, 0, None), "text_only"),
        (Evidence(True, 0.50, 80, None), "text_only"),
        (Evidence(True, 0.50, 24, None), "meme"),
        (Evidence(True, 0.00, 0, None), "aesthetic"),
        (Evidence(True, 0.30, 1, None), "aesthetic"),
        (Evidence(True, 0.009, 9, None), "aesthetic"),
        (Evidence(True, 0.10, 8, None), "meme"),
        (Evidence(True, 0.10, 8, 0.59), "meme"),
        (Evidence(True, 0.10, 8, 0.60), "mixed"),
        (Evidence(True, 0.10, 5, 0.60), "aesthetic"),
        (Evidence(True, 0.03, 8, None), "mixed"),
        (Evidence(True, 0.10, 2, None), "mixed"),
    ],
)
def test_the_table(evidence: Evidence, expected: ContentType) -> None:
    assert content_type(evidence) == expected


def test_coverage_is_the_share_of_the_boxes() -> None:
    square = [(0, 0), (10, 0), (10, 10), (0, 10)]
    tilted = [(50, 40), (60, 50), (50, 60), (40, 50)]
    # 100 and 200 of 100 × 100 pixels
    assert text_coverage([square, tilted], 100, 100) == pytest.approx(0.03)


def test_coverage_is_at_most_one() -> None:
    assert text_coverage([[(0, 0), (9, 0), (9, 9), (0, 9)]] * 3, 9, 9) == 1.0
