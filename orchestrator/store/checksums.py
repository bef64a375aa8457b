"""Whether two engines hold the same point, and the same points."""

import hashlib
import json
from dataclasses import dataclass, field

import numpy as np

from orchestrator.store.collection import Point
from orchestrator.store.records import Vector

VECTOR_TOLERANCE = 1e-6
"""Of a unit vector's components: engines norm what they are given once more, in float32."""

_MODULUS = 1 << 256


@dataclass(slots=True)
class Checksum:
    """Points counted, and the sum of their SHA-256 modulo 2^256, whatever their order.

    Each hash is of the id, the payload and the names and dimensions of the vectors. The vectors'
    components are left to `same`: they may differ in the last bit, which no rounding hides at
    every component.
    """

    points: int = 0
    _sum: int = field(default=0, repr=False)

    def add(self, point: Point) -> None:
        """Take in a point."""
        vectors = {name: len(vector) for name, vector in point.vectors.items()}
        digest = hashlib.sha256(_json([point.id, dict(point.payload), vectors])).digest()
        self._sum = (self._sum + int.from_bytes(digest, "big")) % _MODULUS
        self.points += 1

    @property
    def value(self) -> str:
        """64 hex digits."""
        return f"{self._sum:064x}"


def same(one: Point, other: Point) -> bool:
    """Whether two points say the same: ids, payloads, and vectors' directions.

    Those may differ by VECTOR_TOLERANCE; of length nothing is compared, which some engines keep
    and others norm.
    """
    return (
        one.id == other.id
        and one.vectors.keys() == other.vectors.keys()
        and _json(dict(one.payload)) == _json(dict(other.payload))
        and all(
            vector.shape == other.vectors[name].shape
            and bool(
                np.allclose(
                    _unit(vector), _unit(other.vectors[name]), rtol=0, atol=VECTOR_TOLERANCE
                )
            )
            for name, vector in one.vectors.items()
        )
    )


def _unit(vector: Vector) -> Vector:
    norm = np.linalg.norm(vector)
    return vector / norm if norm > 0 else vector


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()
