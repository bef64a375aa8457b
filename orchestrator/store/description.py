"""What a collection is, whatever the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Description:
    """A collection as it is: (dimension, distance) by name of vector, indexed fields, metadata."""

    vectors: Mapping[str, tuple[int, str]]
    indexes: frozenset[str]
    metadata: Any = None
