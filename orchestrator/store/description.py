"""What a collection is, whatever the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COSINE = "Cosine"
"""How every vector of ours is compared."""


@dataclass(frozen=True, slots=True)
class Description:
    """A collection as it is: (dimension, distance) by name of vector, indexed fields, metadata."""

    vectors: Mapping[str, tuple[int, str]]
    indexes: frozenset[str]
    metadata: Any = None
