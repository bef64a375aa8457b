"""A snapshot's numbers and notes as one blob: a JSON header, then the arrays' raw bytes.

    magic, 4 bytes │ length of the header, uint32 │ header, padded with spaces to 8 │ arrays

Everything is little-endian. The header holds the seed, the notes, and the name, dtype and shape of
each array in turn.
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"FLS1"
_START = struct.Struct("<4sI")
_DTYPES = ("<f8", "<i8")
_ITEM_BYTES = 8


@dataclass(frozen=True, slots=True)
class Contents:
    """What the blob holds of a snapshot; the arrays that are read from one are read-only."""

    seed: int
    numbers: Mapping[str, NDArray[Any]]
    notes: Mapping[str, Any]


def write_blob(contents: Contents, *, posts: int) -> bytes:
    """The blob; ValueError for an array that is not float64 or int64 with `posts` rows."""
    arrays = {
        name: np.asarray(array, dtype=array.dtype.newbyteorder("<"))
        for name, array in contents.numbers.items()
    }
    for name, array in arrays.items():
        if array.dtype.str not in _DTYPES or array.shape[:1] != (posts,):
            raise ValueError(
                f"{name} is {array.dtype} {list(array.shape)}; float64 or int64 with {posts} rows "
                "is needed"
            )
    header = json.dumps(
        {
            "seed": contents.seed,
            "notes": dict(contents.notes),
            "arrays": [[name, array.dtype.str, array.shape] for name, array in arrays.items()],
        },
        separators=(",", ":"),
    ).encode("ascii")
    header += b" " * (-len(header) % _ITEM_BYTES)
    start = _START.pack(_MAGIC, len(header))
    return b"".join([start, header, *(array.tobytes() for array in arrays.values())])


def read_blob(blob: bytes, *, posts: int) -> Contents:
    """What `write_blob` was given; ValueError for a blob that is damaged."""
    try:
        magic, length = _START.unpack_from(blob)
        if magic != _MAGIC:
            raise ValueError(f"it begins with {magic!r}")
        place = _START.size + length
        header = json.loads(blob[_START.size : place])
        numbers: dict[str, NDArray[Any]] = {}
        for name, dtype, shape in header["arrays"]:
            if dtype not in _DTYPES or shape[:1] != [posts]:
                raise ValueError(f"{name} is {dtype} {shape}, for {posts} posts")
            size = math.prod(shape)
            numbers[name] = np.frombuffer(blob, dtype, size, place).reshape(shape)
            place += size * _ITEM_BYTES
        if place != len(blob):
            raise ValueError(f"it has {len(blob)} bytes instead of {place}")
        return Contents(header["seed"], numbers, header["notes"])
    except (struct.error, LookupError, TypeError, ValueError) as exc:
        raise ValueError(f"the snapshot is damaged: {exc}") from exc
