"""Legacy posts to points and back, their one vector included."""

from dataclasses import replace

from orchestrator.errors import InvalidRequest
from orchestrator.store.collection import Point
from orchestrator.store.legacy.payloads import (
    LegacyKeys,
    media_id_of,
    payload_with,
    post_from_payload,
)
from orchestrator.store.payloads import point_id
from orchestrator.store.records import BrokenPoint, LegacyPost, Vector
from orchestrator.store.vectors import is_unit

UNNAMED = ""
"""The name of a legacy point's vector."""


class LegacyPoints:
    """Reads and makes points with payloads under `keys` and vectors of `dimension`."""

    def __init__(self, keys: LegacyKeys, dimension: int) -> None:
        self._keys = keys
        self._dimension = dimension

    def media_id(self, point: Point) -> str | None:
        """The media id that a point is of; None where it can't be read."""
        return media_id_of(point.payload, self._keys)

    def read(self, point: Point, *, with_vectors: bool) -> LegacyPost | BrokenPoint:
        """The post, or what is wrong with the point."""
        try:
            post = post_from_payload(point.id, point.payload, self._keys)
            return replace(post, vector=self._vector(point)) if with_vectors else post
        except ValueError as exc:
            return BrokenPoint(point.id, str(exc))

    def make(self, post: LegacyPost, before: Point | None) -> Point:
        """The point of a post, in place of the one `before`, whose other payload it keeps."""
        payload = payload_with(post, before.payload if before else {}, self._keys)
        vectors = {} if post.vector is None else {UNNAMED: post.vector}
        return Point(before.id if before else point_id(post.media_id), payload, vectors)

    def check(self, post: LegacyPost) -> None:
        """Refuse a vector that can't be stored: InvalidRequest says why."""
        if post.vector is None or post.vector.shape != (self._dimension,):
            shape = None if post.vector is None else list(post.vector.shape)
            raise InvalidRequest(
                f"the legacy vector has shape {shape}, the collection's have [{self._dimension}]"
            )
        if not is_unit(post.vector):
            raise InvalidRequest("the legacy vector is not of unit norm")

    def _vector(self, point: Point) -> Vector:
        vector = point.vectors.get(UNNAMED)
        if vector is None:
            raise ValueError("it has no vector")
        if vector.shape != (self._dimension,):
            raise ValueError(f"its vector has {len(vector)} numbers, not {self._dimension}")
        if not is_unit(vector):
            raise ValueError("its vector has no direction")
        return vector
