"""Everything of a store from one place to another; what is there already is not written again.

It may be stopped at any point: begun anew, it reads both sides and goes on where they differ.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from orchestrator.errors import Conflict, StartupError, Unequal
from orchestrator.store.checksums import Checksum, same
from orchestrator.store.collection import Collection, IndexKind, Point
from orchestrator.store.description import COSINE, Description
from orchestrator.store.events import EVENTS
from orchestrator.store.generations import Registry
from orchestrator.store.generations import describe as describe_models
from orchestrator.store.legacy.posts import LEGACY_POSTS
from orchestrator.store.place import Place, indexes_of
from orchestrator.store.store import POSTS

COLLECTIONS = (POSTS, EVENTS, LEGACY_POSTS)
_NAMED = 5
"""Points, at most, that are named of those that differ."""


@dataclass(frozen=True, slots=True)
class Step:
    """A batch of `points` is done, of `total` that a step of this name began with."""

    name: str
    points: int
    total: int


Advance = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """One collection, equal at both places: its points, how many were written, the checksum."""

    collection: str
    points: int
    written: int
    checksum: str


async def copy_store(
    source: Place,
    target: Place,
    legacy_indexes: Mapping[str, IndexKind],
    *,
    batch: int,
    advance: Advance,
) -> list[Copied]:
    """Copy posts with the vectors of all generations, events, and the old system's collection.

    Nothing is written, and Conflict raised, where the target has vectors of other models, or
    points that the source lacks. Raises Unequal where both sides differ at the end,
    StoreUnavailable, StartupError.
    """
    registry = await _registry_for(source, target)
    for collection in COLLECTIONS:
        await _refuse_others(collection, source, target, batch, advance)
    copied = []
    for collection in COLLECTIONS:
        there = await source.describe(collection)
        if there is None:
            continue
        dimensions = _dimensions(source, collection, there)
        await target.make(collection, dimensions, indexes_of(collection, legacy_indexes))
        if collection == POSTS and registry is not None:
            await target.register(registry)
        async with _opened(source, collection) as one, _opened(target, collection) as other:
            pair = _Pair(collection, one, other, tuple(dimensions), batch, advance)
            written = await pair.write_differences()
            copied.append(await pair.compare(written))
    return copied


async def require_something(source: Place) -> None:
    """StartupError where there is nothing at all to copy, or posts of nobody knows which models."""
    if await source.registry() is None and await source.describe(POSTS) is not None:
        raise StartupError(f"{POSTS} at {source.name} does not say whose vectors it holds")
    for collection in COLLECTIONS:
        if await source.describe(collection) is not None:
            return
    raise StartupError(f"there is no store at {source.name}, and no {LEGACY_POSTS}")


async def _registry_for(source: Place, target: Place) -> Registry | None:
    """The source's, where it has posts.

    Raises Conflict where the target has vectors that the source knows nothing of.
    """
    await require_something(source)
    registry = await source.registry()
    if registry is None:
        return None
    known = await target.registry()
    if known is not None and not all(view in registry.views for view in known.views):
        raise Conflict(
            f"{target.name} holds vectors of {_models(known)}, {source.name} of "
            f"{_models(registry)}; nothing was copied"
        )
    if known is None and await target.describe(POSTS) is not None:
        # Made by a copy that was stopped, or by somebody else.
        async with _opened(target, POSTS) as posts:
            if await posts.count():
                raise Conflict(f"{POSTS} at {target.name} does not say whose vectors it holds")
    return registry


async def _refuse_others(
    collection: str, source: Place, target: Place, batch: int, advance: Advance
) -> None:
    """Conflict where the target has points of a collection that the source has without them."""
    if await source.describe(collection) is None or await target.describe(collection) is None:
        return
    async with _opened(source, collection) as one, _opened(target, collection) as other:
        others, total = 0, await other.count()
        start: str | None = None
        while total:
            points, start = await other.scan(start, limit=batch, fields=())
            known = await one.get([point.id for point in points], fields=()) if points else []
            others += len(points) - len(known)
            advance(Step(f"looking at {collection}", len(points), total))
            if start is None:
                break
    if others:
        raise Conflict(
            f"{collection} at {target.name} has {others:,} points that {source.name} lacks, of "
            f"{total:,}; nothing was copied"
        )


def _dimensions(source: Place, collection: str, there: Description) -> dict[str, int]:
    for name, (size, distance) in there.vectors.items():
        if distance != COSINE:
            raise Conflict(
                f"{collection} at {source.name} has the vector {name!r} [{size}] compared by "
                f"{distance}, expected is {COSINE}"
            )
    return {name: size for name, (size, _) in there.vectors.items()}


@dataclass(frozen=True, slots=True)
class _Pair:
    """A collection at both places; `vectors` are the names of the source's."""

    name: str
    source: Collection
    target: Collection
    vectors: tuple[str, ...]
    batch: int
    advance: Advance

    async def write_differences(self) -> int:
        """Write what the target lacks or has otherwise; answers how many points those were."""
        written, total = 0, await self.source.count()
        async for points, found in self._batches():
            different = [
                point
                for point in points
                if point.id not in found or not same(point, found[point.id])
            ]
            if different:
                await self.target.put(different)
            written += len(different)
            self.advance(Step(f"copying {self.name}", len(points), total))
        return written

    async def compare(self, written: int) -> Copied:
        """Read both sides once more; Unequal says in how many points they differ."""
        ours, theirs, total = Checksum(), Checksum(), await self.target.count()
        different: list[str] = []
        async for points, found in self._batches():
            for point in points:
                ours.add(point)
                if point.id in found:
                    theirs.add(found[point.id])
                    if not same(point, found[point.id]):
                        different.append(point.id)
            self.advance(Step(f"comparing {self.name}", len(points), total))
        if different or (theirs.points, theirs.value) != (ours.points, ours.value):
            missing = ours.points - theirs.points
            named = f" ({_some(different)})" if different else ""
            raise Unequal(
                f"{self.name}: {missing} points are missing and {len(different)} differ{named}"
            )
        if total != ours.points:
            more = total - ours.points
            raise Unequal(f"{self.name}: all points are there, and {more} that the source lacks")
        return Copied(self.name, ours.points, written, ours.value)

    async def _batches(self) -> AsyncIterator[tuple[list[Point], dict[str, Point]]]:
        """The source's points by id, and those of the target with the same ids."""
        start: str | None = None
        while True:
            points, start = await self.source.scan(start, limit=self.batch, vectors=self.vectors)
            ids = [point.id for point in points]
            found = await self.target.get(ids, vectors=self.vectors) if ids else []
            yield points, {point.id: point for point in found}
            if start is None:
                return


@asynccontextmanager
async def _opened(place: Place, collection: str) -> AsyncIterator[Collection]:
    opened = await place.open(collection)
    try:
        yield opened
    finally:
        await opened.close()


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_NAMED]) + ", …" * (len(ids) > _NAMED)


def _models(registry: Registry) -> str:
    return "; ".join(describe_models(view.schema) for view in registry.views)
