"""Whether a store's collections are as its models need them; nothing that is there is altered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.errors import StartupError
from orchestrator.store.collection import IndexKind
from orchestrator.store.description import COSINE, Description
from orchestrator.store.events import EVENT_INDEXES, EVENTS
from orchestrator.store.generations import Registry
from orchestrator.store.legacy.posts import LEGACY_POSTS
from orchestrator.store.open_store import require
from orchestrator.store.place import Place, Sight
from orchestrator.store.records import Schema
from orchestrator.store.store import POST_INDEXES, POSTS


@dataclass(frozen=True, slots=True)
class Expected:
    """A collection as it must be: dimensions by name of vector, compared by cosine, and indexes."""

    collection: str
    dimensions: Mapping[str, int]
    indexes: Mapping[str, IndexKind]


@dataclass(frozen=True, slots=True)
class Finding:
    """A collection as it is and as it must be, in words; `found` is None where it is not there."""

    collection: str
    found: str | None
    expected: str
    lacks: tuple[str, ...]
    differs: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether it is there, whole, and nothing of it differs."""
        return self.found is not None and not self.lacks and not self.differs

    @property
    def verdict(self) -> str:
        """In a few words."""
        if self.found is None:
            return "missing"
        if self.differs:
            return f"differs: {', '.join(self.differs)}"
        return f"lacks {', '.join(self.lacks)}" if self.lacks else "good"


async def expected_posts(place: Sight, schema: Schema) -> tuple[Registry, list[Expected]]:
    """Whose vectors a store of these models holds, and what its collections must be.

    Raises StartupError where it holds vectors of other models alone.
    """
    registry = await place.registry() or Registry.first(schema)
    require(registry, schema, place.name)
    posts = Expected(POSTS, registry.dimensions, POST_INDEXES)
    return registry, [posts, Expected(EVENTS, {}, EVENT_INDEXES)]


def expected_legacy(dimension: int) -> Expected:
    """The old system's collection, whose indexes are its own affair."""
    return Expected(LEGACY_POSTS, {"": dimension}, {})


async def check(place: Sight, expected: Sequence[Expected]) -> list[Finding]:
    """Compare what is there with what must be."""
    return [
        _finding(await place.describe(one.collection), one, indexes=place.keeps_indexes)
        for one in expected
    ]


async def create(
    place: Place,
    expected: Sequence[Expected],
    registry: Registry | None,
    legacy_indexes: Mapping[str, IndexKind],
) -> None:
    """Make what is not there, and add what is lacking to what is.

    Raises StartupError, and changes nothing, where a collection differs. `registry` is written
    down where posts are among the expected.
    """
    for finding in await check(place, expected):
        if finding.differs:
            raise StartupError(
                f"{finding.collection} at {place.name} has {finding.found}, expected is "
                f"{finding.expected}; nothing was changed"
            )
    for one in expected:
        there = await place.describe(one.collection)
        if one.collection == LEGACY_POSTS:
            if there is None:
                await place.make(LEGACY_POSTS, one.dimensions, legacy_indexes)
            continue
        await place.make(one.collection, one.dimensions, one.indexes)
        if one.collection == POSTS and registry is not None:
            await place.register(registry)


def _finding(there: Description | None, expected: Expected, *, indexes: bool) -> Finding:
    wanted = {name: (size, COSINE) for name, size in expected.dimensions.items()}
    words = _words(wanted, expected.indexes if indexes else ())
    if there is None:
        return Finding(expected.collection, None, words, (), ())
    found = dict(there.vectors)
    lacking = [_vector(name, *wanted[name]) for name in sorted(wanted.keys() - found.keys())]
    if indexes:
        lacking += [f"an index of {one}" for one in sorted(expected.indexes.keys() - there.indexes)]
    differs = [
        _vector(name, *found[name])
        for name in sorted(found)
        if name in wanted and found[name] != wanted[name]
    ]
    # A named vector can't be added to a collection whose only one has no name, nor the other way.
    if found and ("" in found) != ("" in wanted):
        differs += [_vector(name, *found[name]) for name in sorted(found)]
    return Finding(
        expected.collection,
        _words(found, there.indexes if indexes else ()),
        words,
        tuple(lacking),
        tuple(differs),
    )


def _words(vectors: Mapping[str, tuple[int, str]], indexes: Iterable[str]) -> str:
    named = ", ".join(_vector(name, *vectors[name]) for name in sorted(vectors)) or "no vectors"
    indexed = ", ".join(sorted(indexes))
    return f"{named}; indexes of {indexed}" if indexed else named


def _vector(name: str, dimension: int, distance: str) -> str:
    return f"{name or 'the unnamed vector'} [{dimension}] by {distance}"
