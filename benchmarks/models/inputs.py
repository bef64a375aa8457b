"""Input data files of `perf_analyzer`: real requests, byte for byte."""

import base64
import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from orchestrator.inference.triton import Tensor

Request = Mapping[str, Tensor]
"""One request's tensors by name, without the batch dimension; STRING tensors are of objects."""


def write_inputs(path: Path, requests: Sequence[Request]) -> None:
    """Writes the requests as a JSON file for `--input-data`; it cycles through them."""
    data = [{name: _entry(tensor) for name, tensor in request.items()} for request in requests]
    path.write_text(json.dumps({"data": data}))


def wire_bytes(tensor: Tensor) -> bytes:
    """A tensor as Triton's binary protocol carries it, in row-major order, little-endian.

    `perf_analyzer` sends what it decodes from base64 as it is, so that the elements of a STRING
    tensor need the protocol's length before each of them.
    """
    if tensor.dtype == np.object_:
        return b"".join(struct.pack("<I", len(element)) + element for element in tensor.ravel())
    return np.ascontiguousarray(tensor).tobytes()


def _entry(tensor: Tensor) -> dict[str, object]:
    return {"b64": base64.b64encode(wire_bytes(tensor)).decode(), "shape": list(tensor.shape)}
