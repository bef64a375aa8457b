from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from orchestrator.feed.snapshot_blob import Contents, read_blob, write_blob

EMPTY = Contents(seed=7, numbers={}, notes={})
SMALL = Contents(
    seed=7,
    numbers={"score": np.array([0.5, -0.0]), "place": np.array([[1], [-2]], dtype=np.int64)},
    notes={"a": "é"},
)


def test_the_layout_is_as_documented() -> None:
    header = (
        b'{"seed":7,"notes":{"a":"\\u00e9"},"arrays":[["score","<f8",[2]],["place","<i8",[2,1]]]}'
    )
    assert len(header) == 86
    assert write_blob(SMALL, posts=2) == (
        b"FLS1" + bytes([88, 0, 0, 0]) + header + b"  "
        + bytes.fromhex("000000000000e03f 0000000000000080")
        + bytes.fromhex("0100000000000000 feffffffffffffff")
    )  # fmt: skip


def test_no_post_and_no_array_is_a_snapshot_too() -> None:
    assert read_blob(write_blob(EMPTY, posts=0), posts=0) == EMPTY


@given(
    floats=npst.arrays(np.float64, st.tuples(st.just(3), st.integers(0, 4))),
    integers=npst.arrays(np.int64, 3),
    seed=st.integers(),
)
def test_arrays_come_back_to_the_bit(
    floats: NDArray[Any], integers: NDArray[Any], seed: int
) -> None:
    numbers = {"floats": floats, "integers": integers}
    found = read_blob(write_blob(Contents(seed, numbers, {}), posts=3), posts=3)
    assert found.seed == seed
    assert list(found.numbers) == ["floats", "integers"]
    for name, array in numbers.items():
        assert found.numbers[name].dtype == array.dtype
        assert found.numbers[name].shape == array.shape
        assert found.numbers[name].tobytes() == array.tobytes()


def test_arrays_that_are_not_contiguous_or_not_little_endian_keep_their_values() -> None:
    columns = np.arange(6.0).reshape(2, 3).T
    big = np.array([1.5, -2.5, 3.5], dtype=">f8")
    found = read_blob(write_blob(Contents(0, {"c": columns, "b": big}, {}), posts=3), posts=3)
    assert found.numbers["c"].tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
    assert found.numbers["b"].tolist() == [1.5, -2.5, 3.5]


def test_arrays_that_were_read_can_not_be_changed() -> None:
    found = read_blob(write_blob(SMALL, posts=2), posts=2)
    with pytest.raises(ValueError, match="read-only"):
        found.numbers["score"][0] = 1.0


@pytest.mark.parametrize(
    "array",
    [np.zeros(3, np.float32), np.zeros(2), np.zeros((2, 3)), np.float64(1.0), np.array(["a"] * 3)],
    ids=["float32", "two rows", "rows and columns swapped", "no axis", "text"],
)
def test_other_arrays_are_refused(array: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match=r"score is .*; float64 or int64 with 3 rows is needed"):
        write_blob(Contents(0, {"score": array}, {}), posts=3)


@pytest.mark.parametrize("cut", [0, 3, 8, 40, 96, -8, -1])
def test_a_cut_blob_is_damaged(cut: int) -> None:
    with pytest.raises(ValueError, match="the snapshot is damaged"):
        read_blob(write_blob(SMALL, posts=2)[:cut], posts=2)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"FLS1", b"FLS2"),
        (b'"<f8"', b'"|O8"'),
        (b"[2]]", b"[3]]"),
        (b"[2]]", b"{2]]"),
        (b"seed", b"need"),
    ],
)
def test_another_header_is_damaged(old: bytes, new: bytes) -> None:
    blob = write_blob(SMALL, posts=2)
    assert old in blob
    with pytest.raises(ValueError, match="the snapshot is damaged"):
        read_blob(blob.replace(old, new), posts=2)


def test_a_blob_of_other_posts_is_damaged() -> None:
    with pytest.raises(ValueError, match=r"score is <f8 \[2\], for 3 posts"):
        read_blob(write_blob(SMALL, posts=2), posts=3)
