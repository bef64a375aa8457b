"""The reason why a model does not load, out of Triton's message."""

import pytest

from serving.loading import load_reason

PREFIX = "load failed for model 'ocr': version 1 is at UNAVAILABLE state: "


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (
            PREFIX + "Internal: ValueError: parameter 'engine' is 'x'\n\nAt:\n  /a/b.py(5): f\n;\n",
            "parameter 'engine' is 'x'",
        ),
        (PREFIX + "Invalid argument: no such runtime;\n", "no such runtime"),
        (PREFIX + "Internal: onnx.errors.BadError: two\nlines\n\nAt:\n  f;\n", "two lines"),
        (
            "failed to load 'ocr', no version is available",
            "failed to load 'ocr', no version is available",
        ),
    ],
)
def test_the_reason_is_one_line_without_the_traceback(message: str, reason: str) -> None:
    assert load_reason(message) == reason
