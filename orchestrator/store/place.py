"""Where a store's collections stand, by a name that a command can be given."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orchestrator.errors import StartupError
from orchestrator.store.collection import Collection, IndexKind
from orchestrator.store.description import Description
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.embedded.manifest import Claim, Manifest, claim
from orchestrator.store.embedded.shard import describe
from orchestrator.store.events import EVENT_INDEXES, EVENTS
from orchestrator.store.generations import Registry
from orchestrator.store.legacy.posts import LEGACY_POSTS
from orchestrator.store.served.collection import ServerCollection, ensure
from orchestrator.store.served.connecting import FOLDER, is_absent_folder
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.served.server import QdrantServer
from orchestrator.store.store import POST_INDEXES, POSTS

EMBEDDED = "embedded:"
TENANTS = {EVENTS: ("user_id",)}


class Sight(Protocol):
    """What stands at a place: collections by the names POSTS, EVENTS and LEGACY_POSTS.

    Calls change nothing. They raise StoreUnavailable, and StartupError for what does not fit.
    """

    @property
    def name(self) -> str:
        """As a command is given it."""

    @property
    def keeps_indexes(self) -> bool:
        """Whether indexes of payload fields have any effect."""

    async def registry(self) -> Registry | None:
        """Whose vectors the posts have; None where there is no store."""

    async def describe(self, collection: str) -> Description | None:
        """A collection as it is, if it is there."""

    async def close(self) -> None:
        """Let go of it."""


class Place(Sight, Protocol):
    """Collections to read and to write. Calls raise what those of `Sight` do."""

    async def open(self, collection: str) -> Collection:
        """A collection that is there, to be closed."""

    async def make(
        self, collection: str, dimensions: Mapping[str, int], indexes: Mapping[str, IndexKind]
    ) -> None:
        """Make a collection, or add what it lacks of vectors and indexes."""

    async def register(self, registry: Registry) -> None:
        """Write down whose vectors the posts have; their collection is there."""


@dataclass(frozen=True)
class Nowhere:
    """`Sight` of a folder that is not there."""

    name: str
    keeps_indexes = True

    async def registry(self) -> Registry | None:
        """See `Sight`."""
        return None

    async def describe(self, collection: str) -> Description | None:  # noqa: ARG002
        """See `Sight`."""
        return None

    async def close(self) -> None:
        """See `Sight`."""


class EmbeddedPlace:
    """A folder of this machine, held for this process."""

    keeps_indexes = True

    def __init__(self, path: Path, *, make: bool) -> None:
        """With `make`, a folder that is not there is made.

        Raises StartupError where it is not there, or another process has it.
        """
        if not make and not path.is_dir():
            raise StartupError(f"there is no store at {path}")
        self.name = f"{EMBEDDED}{path}"
        self._path = path
        self._claim: Claim = claim(path)
        self._manifest = Manifest(path)

    async def registry(self) -> Registry | None:
        """See `Place`."""
        return self._manifest.read()

    async def describe(self, collection: str) -> Description | None:
        """See `Place`."""
        return describe(self._path / collection)

    async def open(self, collection: str) -> Collection:
        """See `Place`."""
        return EmbeddedCollection(self._path / collection, {}, {})

    async def make(
        self, collection: str, dimensions: Mapping[str, int], indexes: Mapping[str, IndexKind]
    ) -> None:
        """See `Place`."""
        await EmbeddedCollection(self._path / collection, dimensions, indexes).close()

    async def register(self, registry: Registry) -> None:
        """See `Place`."""
        self._manifest.change(lambda _: registry)

    async def close(self) -> None:
        """See `Place`."""
        self._claim.release()


class ServerPlace:
    """A Qdrant server, or a folder of the client's local mode."""

    def __init__(self, url: str, parameters: QdrantParameters) -> None:
        """See `QdrantServer`."""
        self.name = url
        self._server = QdrantServer(url, parameters)
        self._prefix = parameters.prefix
        self.keeps_indexes = not self._server.is_local

    async def registry(self) -> Registry | None:
        """See `Place`."""
        made = await self.describe(POSTS)
        if made is None or made.metadata is None:
            return None
        try:
            return Registry.from_json(made.metadata)
        except ValueError as exc:
            raise StartupError(f"{POSTS} at {self.name} has a damaged registry: {exc}") from exc

    async def describe(self, collection: str) -> Description | None:
        """See `Place`."""
        return await self._server.describe(self._native(collection))

    async def open(self, collection: str) -> Collection:
        """See `Place`."""
        return ServerCollection(self._server, self._native(collection))

    async def make(
        self, collection: str, dimensions: Mapping[str, int], indexes: Mapping[str, IndexKind]
    ) -> None:
        """See `Place`."""
        name = self._native(collection)
        there = await self._server.describe(name)
        for vector in sorted(dimensions.keys() - there.vectors.keys()) if there else ():
            await self._server.add_vector(name, vector, dimensions[vector])
        tenants = TENANTS.get(collection, ())
        await ensure(self._server, name, dimensions, indexes, tenants=tenants)

    async def register(self, registry: Registry) -> None:
        """See `Place`."""
        await self._server.set_metadata(self._native(POSTS), registry.to_json())

    async def close(self) -> None:
        """See `Place`."""
        await self._server.close()

    def _native(self, collection: str) -> str:
        """The old system's collection keeps its name."""
        return collection if collection == LEGACY_POSTS else self._prefix + collection


def open_place(name: str, parameters: QdrantParameters, *, make: bool) -> Place:
    """`embedded:folder`, `http(s)://host:port`, or `path:/folder` for the client's local mode.

    Raises StartupError where it is none of these or can't be opened; with `make`, a folder that
    is not there is made.
    """
    if name in (EMBEDDED, FOLDER):
        raise StartupError(f"{name} names no folder")
    if name.startswith(EMBEDDED):
        return EmbeddedPlace(Path(name.removeprefix(EMBEDDED)), make=make)
    if not make and is_absent_folder(name):
        raise StartupError(f"there is no store at {name}")
    return ServerPlace(name, parameters)


def look_at(name: str, parameters: QdrantParameters) -> Sight:
    """A place as it is; a folder that is not there stays so. Raises StartupError."""
    is_folder = name.startswith(EMBEDDED) and Path(name.removeprefix(EMBEDDED)).is_dir()
    if is_absent_folder(name) or (name.startswith(EMBEDDED) and not is_folder):
        return Nowhere(name)
    return open_place(name, parameters, make=False)


def is_same(one: str, other: str) -> bool:
    """Whether two names are of one place, as far as they say it."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    for kind in (EMBEDDED, FOLDER):
        if name.startswith(kind):
            return f"{kind}{Path(name.removeprefix(kind)).resolve()}"
    return name.rstrip("/")


def indexes_of(collection: str, legacy: Mapping[str, IndexKind]) -> Mapping[str, IndexKind]:
    """What a collection is indexed by; `legacy`: the old system's."""
    return {POSTS: POST_INDEXES, EVENTS: EVENT_INDEXES, LEGACY_POSTS: legacy}[collection]
