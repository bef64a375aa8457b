"""The store on a Qdrant server."""

import asyncio
from collections.abc import Callable

from orchestrator.errors import StartupError
from orchestrator.store.events import EVENT_INDEXES, EVENTS
from orchestrator.store.generations import Registry
from orchestrator.store.open_store import OpenStore, require
from orchestrator.store.records import Schema
from orchestrator.store.served.collection import ServerCollection, ensure
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.served.server import QdrantServer
from orchestrator.store.store import POST_INDEXES, POSTS


class ServerBackend:
    """`Backend` on a server; the registry is the metadata of the posts' collection.

    Qdrant compares nothing when it writes metadata: generations are to be added, activated and
    dropped by one process at a time.
    """

    def __init__(self, server: QdrantServer, prefix: str) -> None:
        self._server = server
        self._name = prefix + POSTS
        self.posts = ServerCollection(server, self._name)
        self.events = ServerCollection(server, prefix + EVENTS)
        self._events_name = prefix + EVENTS
        self._changing = asyncio.Lock()

    async def open(self, schema: Schema) -> Registry:
        """Make the collections on first use, and check them; StartupError says what is wrong."""
        await self._server.check_version()
        first = Registry.first(schema)
        made = await self._server.describe(self._name)
        registry = first if made is None else await self.registry()
        require(registry, schema, self._server.url)
        dimensions = registry.dimensions
        metadata = first.to_json()
        await ensure(self._server, self._name, dimensions, POST_INDEXES, metadata=metadata)
        await ensure(self._server, self._events_name, {}, EVENT_INDEXES, tenants=["user_id"])
        # Another process may have made it first.
        registry = await self.registry()
        require(registry, schema, self._server.url)
        return registry

    async def registry(self) -> Registry:
        """See `Backend`."""
        made = await self._server.describe(self._name)
        try:
            return Registry.from_json(made.metadata if made else None)
        except ValueError as exc:
            raise StartupError(
                f"the collection {self._name} at {self._server.url} does not say whose vectors it "
                "holds; name another server, or another FEEDLENS_QDRANT__PREFIX"
            ) from exc

    async def change_registry(self, edit: Callable[[Registry], Registry]) -> Registry:
        """See `Backend`."""
        async with self._changing:
            registry = edit(await self.registry())
            await self._server.set_metadata(self._name, registry.to_json())
            return registry

    async def add_vector(self, name: str, dimension: int) -> None:
        """See `Backend`."""
        made = await self._server.describe(self._name)
        if made is None or name not in made.vectors:
            await self._server.add_vector(self._name, name, dimension)

    async def drop_vector(self, name: str) -> None:
        """See `Backend`."""
        made = await self._server.describe(self._name)
        if made is not None and name in made.vectors:
            await self._server.drop_vector(self._name, name)

    async def close(self) -> None:
        """See `Backend`."""
        await self._server.close()


async def open_served(url: str, schema: Schema, parameters: QdrantParameters) -> OpenStore:
    """The store on the server at `url`, as `QdrantServer` reads it, made on first use.

    Raises StartupError where it has no vectors of these models or collections that do not fit,
    StoreUnavailable where it is away.
    """
    server = QdrantServer(url, parameters)
    try:
        return await open_on(server, schema, parameters.prefix)
    except BaseException:
        await server.close()
        raise


async def open_on(server: QdrantServer, schema: Schema, prefix: str) -> OpenStore:
    """The same over a connection that others may share; to close the store closes it."""
    backend = ServerBackend(server, prefix)
    return OpenStore(backend, await backend.open(schema), None)
