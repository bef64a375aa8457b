"""What the models say of content, as bytes that any process can read."""

import json
import struct

import numpy as np

from orchestrator.inference.models import TextLine, Vector

_DIMENSION = struct.Struct("<I")


def vector_bytes(vector: Vector) -> bytes:
    """The dimension in four bytes, then the numbers as float32, all little-endian."""
    return _DIMENSION.pack(len(vector)) + vector.astype("<f4", copy=False).tobytes()


def vector_from(content: bytes) -> Vector:
    """The vector [d] of such bytes, read-only. Raises ValueError where they are none."""
    if len(content) < _DIMENSION.size:
        raise ValueError("too short for a vector")
    (dimension,) = _DIMENSION.unpack_from(content)
    numbers = np.frombuffer(content, dtype="<f4", offset=_DIMENSION.size)
    if len(numbers) != dimension:
        raise ValueError(f"a vector of {len(numbers)} numbers that says {dimension}")
    return numbers


def lines_bytes(lines: tuple[TextLine, ...]) -> bytes:
    """JSON: text, confidence and corners of each line."""
    return json.dumps([[line.text, line.confidence, line.box] for line in lines]).encode()


def lines_from(content: bytes) -> tuple[TextLine, ...]:
    """The lines of such JSON. Raises ValueError where it is something else."""
    try:
        return tuple(
            TextLine(text, confidence, tuple((x, y) for x, y in box))
            for text, confidence, box in json.loads(content)
        )
    except TypeError as exc:
        raise ValueError(f"no lines: {exc}") from exc


def hash_bytes(value: str | None) -> bytes:
    """A perceptual hash in hex, or nothing where the picture has none."""
    return (value or "").encode()


def hash_from(content: bytes) -> str | None:
    """The hash of such bytes."""
    return content.decode() or None
