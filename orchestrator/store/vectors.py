"""Vectors as they come in and go out."""

import struct
from collections.abc import Sequence

import numpy as np

from orchestrator.store.records import Vector


def vector_of(components: Sequence[float]) -> Vector:
    """A read-only array; `struct` packs a list of floats in a third of NumPy's time."""
    return np.frombuffer(struct.pack(f"{len(components)}f", *components), dtype=np.float32)
