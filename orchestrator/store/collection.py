"""The seam between the stores and the engines: points with an id, named vectors and a payload."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from typing_extensions import TypeVar

from orchestrator.store.records import Bounds, Vector

IndexKind = Literal["keyword", "integer", "float", "datetime"]


@dataclass(frozen=True, slots=True)
class Point:
    """`id` is a UUID, or a number in digits; the payload is JSON; "" names an unnamed vector."""

    id: str
    payload: Mapping[str, Any]
    vectors: Mapping[str, Vector] = field(default_factory=dict)


class Near(NamedTuple):
    """A point found by a vector, with what was asked for of its payload, and their cosine."""

    id: str
    payload: Mapping[str, Any]
    cosine: float


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions on payloads that must all hold; dates are RFC 3339.

    `one_of` some values; `after` and `before` a date, without it; `not_before` a date, with it;
    `within` bounds of a number; none of the points `without`.
    """

    one_of: Mapping[str, Sequence[str] | Sequence[int]] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    not_before: Mapping[str, str] = field(default_factory=dict)
    within: Mapping[str, Bounds] = field(default_factory=dict)
    without: Sequence[str] = ()


NO_CONDITION = Where()
T = TypeVar("T", default=Point)


def whole(point: Point) -> Any:
    """A point read as itself."""
    return point


class Collection(Protocol):
    """A collection of one engine. Every call raises StoreUnavailable; a write is durable.

    What `read` makes of points it makes off the event loop.
    """

    async def put(self, points: Sequence[Point], *, only_new: bool = False) -> list[str]:
        """Write points whole, or only those whose id is not there; answers the ids written."""

    async def insert(self, points: Sequence[Point]) -> list[str]:
        """Write new points, all or none; answers the ids that were there already.

        Where another process writes the same ids at the same moment, the rest may be written.
        """

    async def put_vectors(self, id: str, vectors: Mapping[str, Vector | None]) -> bool:  # noqa: A002
        """Set named vectors of a point, or remove those that are None; False where it is not."""

    async def change(self, id: str, payload: Mapping[str, Any]) -> bool:  # noqa: A002
        """Set some of a point's payload; False where it is not."""

    async def delete(self, ids: Sequence[str]) -> list[str]:
        """Delete points; answers which there were."""

    async def get(
        self,
        ids: Sequence[str],
        *,
        fields: Sequence[str] | None = None,
        vectors: Sequence[str] = (),
        read: Callable[[Point], T] = whole,
    ) -> list[T]:
        """Those of the points that exist: of their payloads all or some fields, some vectors."""

    async def count(self, where: Where = NO_CONDITION) -> int:
        """How many points there are, exactly."""

    async def nearest(
        self,
        name: str,
        vector: Vector,
        *,
        limit: int,
        fields: Sequence[str],
        where: Where = NO_CONDITION,
    ) -> list[Near]:
        """The points whose vector `name` is nearest to `vector` [d], the nearest first."""

    async def highest(
        self,
        order: str,
        *,
        limit: int,
        fields: Sequence[str] | None = None,
        where: Where = NO_CONDITION,
        read: Callable[[Point], T] = whole,
    ) -> list[T]:
        """Points, without vectors, by falling `order`, an indexed field."""

    async def scan(
        self,
        start: str | None,
        *,
        limit: int,
        where: Where = NO_CONDITION,
        fields: Sequence[str] | None = None,
        vectors: Sequence[str] = (),
        read: Callable[[Point], T] = whole,
    ) -> tuple[list[T], str | None]:
        """Points by id, from `start` on or all; and the id to go on from, None at the end."""

    async def close(self) -> None:
        """Let go of it."""
