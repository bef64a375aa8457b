import json

import numpy as np
import pytest

from orchestrator.extraction.codecs import (
    hash_bytes,
    hash_from,
    lines_bytes,
    lines_from,
    vector_bytes,
    vector_from,
)
from orchestrator.inference.models import TextLine

LINE = TextLine("Ünï ☃", 0.123456789, ((0.5, 0.0), (4.0, 0.0), (4.0, 2.0), (0.5, 2.0)))


def test_a_vector_says_its_dimension() -> None:
    vector = np.array([1.0, -0.5, 0.25], dtype=np.float32)
    content = vector_bytes(vector)
    assert content.hex() == "03000000" + "0000803f" + "000000bf" + "0000803e"
    np.testing.assert_array_equal(vector_from(content), vector)
    assert vector_from(content).dtype == np.float32
    assert not vector_from(content).flags.writeable


@pytest.mark.parametrize(
    "content", [b"", b"abc", b"\x02\0\0\0" + bytes(12), b"\x01\0\0\0" + bytes(5)]
)
def test_bytes_of_no_vector(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"vector|multiple"):
        vector_from(content)


def test_lines_come_back_as_they_were() -> None:
    assert lines_from(lines_bytes((LINE, LINE))) == (LINE, LINE)
    assert lines_from(lines_bytes(())) == ()


@pytest.mark.parametrize("content", [b"", b"\xff", b"3", b"[1]", b'["ab"]', b'[["a", 1]]', b"{}x"])
def test_bytes_of_no_lines(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        lines_from(content)


def test_lines_are_json() -> None:
    assert json.loads(lines_bytes((LINE,)))[0][:2] == ["Ünï ☃", 0.123456789]


@pytest.mark.parametrize("value", ["8e23d426c181fb7e", None])
def test_a_hash_or_that_there_is_none(value: str | None) -> None:
    assert hash_from(hash_bytes(value)) == value
