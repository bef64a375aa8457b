"""Vectors that callers bring."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field, FiniteFloat

from orchestrator.errors import InvalidRequest
from orchestrator.store.records import Vector

Components = Annotated[list[FiniteFloat], Field(max_length=16_384)]


def unit_vector(name: str, components: list[float], dimension: int) -> Vector:
    """Components of any norm but 0 as a unit vector [dimension], or InvalidRequest."""
    if len(components) != dimension:
        raise InvalidRequest(f"{name} has {len(components)} numbers, the model's have {dimension}")
    norm = math.hypot(*components)
    if not (math.isfinite(norm) and norm > 0):
        raise InvalidRequest(f"{name} has no direction")
    unit: Vector = (np.array(components) / norm).astype(np.float32)
    return unit
