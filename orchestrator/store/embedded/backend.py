"""The store in a folder of this machine, for one process at a time."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.embedded.manifest import Manifest, claim
from orchestrator.store.events import EVENT_INDEXES, EVENTS, EventLog
from orchestrator.store.generations import Registry
from orchestrator.store.open_store import OpenStore, require
from orchestrator.store.records import Schema
from orchestrator.store.remembering import Memory, RememberingStore
from orchestrator.store.store import POST_INDEXES, POSTS


class EmbeddedBackend:
    """`Backend` in a folder."""

    def __init__(self, path: Path, schema: Schema) -> None:
        """Open the store at `path`, made on first use.

        Raises StartupError where another process holds it or it has no vectors of these models.
        """
        self._claim = claim(path)
        try:
            self._manifest = Manifest(path)
            self.opened = self._manifest.change(lambda known: known or Registry.first(schema))
            require(self.opened, schema, str(path))
            self.posts = EmbeddedCollection(path / POSTS, self.opened.dimensions, POST_INDEXES)
            self.events = EmbeddedCollection(path / EVENTS, {}, EVENT_INDEXES)
        except BaseException:
            self._claim.release()
            raise

    async def registry(self) -> Registry:
        """See `Backend`."""
        return await asyncio.to_thread(lambda: self._manifest.read() or self.opened)

    async def change_registry(self, edit: Callable[[Registry], Registry]) -> Registry:
        """See `Backend`."""
        return await asyncio.to_thread(
            self._manifest.change, lambda known: edit(known or self.opened)
        )

    async def add_vector(self, name: str, dimension: int) -> None:
        """See `Backend`."""
        await self.posts.add_vector(name, dimension)

    async def drop_vector(self, name: str) -> None:
        """See `Backend`."""
        await self.posts.drop_vector(name)

    async def close(self) -> None:
        """See `Backend`."""
        await self.posts.close()
        await self.events.close()
        self._claim.release()


def open_embedded(path: Path, schema: Schema, *, remembered_posts: int = 50_000) -> OpenStore:
    """The store at `path`, as `EmbeddedBackend`.

    The last `remembered_posts` that were read with their vectors stay in memory.
    """
    backend = EmbeddedBackend(path, schema)
    return OpenStore(backend, backend.opened, Memory(remembered_posts))


class EmbeddedStore(RememberingStore):
    """`Store` of one generation, for those who need no other while it is open."""

    def __init__(self, path: Path, schema: Schema, *, remembered_posts: int = 50_000) -> None:
        """See `open_embedded`."""
        self._backend = EmbeddedBackend(path, schema)
        events = EventLog(self._backend.events)
        view = self._backend.opened.view(schema)
        super().__init__(self._backend.posts, events, view, Memory(remembered_posts))

    async def close(self) -> None:
        """See `Store`."""
        await self._memory.settle()
        await self._backend.close()
