"""Input data files, as perf_analyzer decodes them."""

import base64
import json
from pathlib import Path

import numpy as np

from benchmarks.models.inputs import wire_bytes, write_inputs


def test_strings_bring_their_length() -> None:
    assert wire_bytes(np.array([b"\xff\x00", b""], dtype=np.object_)) == (
        b"\x02\x00\x00\x00\xff\x00\x00\x00\x00\x00"
    )


def test_numbers_are_little_endian_in_row_major_order() -> None:
    transposed = np.array([[1, 2], [3, 4]], dtype=np.int64).T
    assert wire_bytes(transposed) == np.array([1, 3, 2, 4], "<i8").tobytes()


def test_every_request_has_its_own_shapes(tmp_path: Path) -> None:
    path = tmp_path / "inputs.json"
    write_inputs(
        path,
        [
            {"input_ids": np.arange(2, dtype=np.int64), "attention_mask": np.ones(2, np.int64)},
            {"input_ids": np.arange(3, dtype=np.int64), "attention_mask": np.ones(3, np.int64)},
        ],
    )
    first, second = json.loads(path.read_text())["data"]
    assert first["input_ids"]["shape"] == first["attention_mask"]["shape"] == [2]
    assert second["input_ids"]["shape"] == [3]
    decoded = base64.b64decode(second["input_ids"]["b64"])
    assert np.frombuffer(decoded, "<i8").tolist() == [0, 1, 2]
