"""Vectors as they come in and go out."""

import struct
from collections.abc import Sequence

import numpy as np

from orchestrator.errors import FingerprintMismatch, InvalidRequest
from orchestrator.store.records import Schema, StoredPost, Vector

_UNIT_TOLERANCE = 1e-3


def vector_of(components: Sequence[float]) -> Vector:
    """A read-only array; `struct` packs a list of floats in a third of NumPy's time."""
    return np.frombuffer(struct.pack(f"{len(components)}f", *components), dtype=np.float32)


def bounded(cosine: float) -> float:
    """In [-1, 1]: rounding puts a vector's cosine with itself a little above 1."""
    return min(1.0, max(-1.0, cosine))


def is_unit(vector: Vector) -> bool:
    """Whether its norm is 1 as far as float32 tells."""
    return abs(float(np.linalg.norm(vector)) - 1.0) <= _UNIT_TOLERANCE


def check_post(post: StoredPost, schema: Schema) -> None:
    """Refuse vectors that can't be compared with those of the store.

    Raises FingerprintMismatch for another model, InvalidRequest for another dimension or norm.
    """
    for modality in schema.fingerprints:
        vector = getattr(post, modality)
        if vector is None:
            continue
        check_fingerprint(
            modality,
            found=post.model_fingerprint[modality],
            stored=schema.fingerprints[modality],
        )
        check_vector(modality, vector, dimension=schema.dimensions[modality])


def check_vector(modality: str, vector: Vector, *, dimension: int) -> None:
    """Refuse a vector that is not of this dimension or not of unit norm, with InvalidRequest."""
    if vector.shape != (dimension,):
        raise InvalidRequest(
            f"the {modality} vector has shape {list(vector.shape)}, the store's have [{dimension}]"
        )
    if not is_unit(vector):
        raise InvalidRequest(f"the {modality} vector is not of unit norm")


def check_fingerprint(modality: str, *, found: str, stored: str) -> None:
    """Refuse to compare vectors of different models; FingerprintMismatch names both."""
    if found != stored:
        raise FingerprintMismatch(
            f"the {modality} vector comes from {found}, the store holds vectors of {stored}"
        )
