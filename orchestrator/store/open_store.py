"""A store opened once, and what can be done with its generations of vectors while it is open."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from orchestrator.errors import FingerprintMismatch, StartupError
from orchestrator.store.carrying import Beside
from orchestrator.store.collection import Collection
from orchestrator.store.events import EventLog
from orchestrator.store.generations import Registry, describe
from orchestrator.store.protocol import Store
from orchestrator.store.records import Schema
from orchestrator.store.remembering import Memory, RememberingStore
from orchestrator.store.store import PointStore


class Backend(Protocol):
    """Collections of one engine, and where it keeps the registry. Calls raise StoreUnavailable."""

    @property
    def posts(self) -> Collection:
        """Points of posts."""

    @property
    def events(self) -> Collection:
        """Points of events."""

    async def registry(self) -> Registry:
        """As any process changed it last."""

    async def change_registry(self, edit: Callable[[Registry], Registry]) -> Registry:
        """Write what `edit` makes of it, at once and whole."""

    async def add_vector(self, name: str, dimension: int) -> None:
        """Make room for another vector of each post; one that is there stays as it is."""

    async def drop_vector(self, name: str) -> None:
        """Delete a vector of every post; an unknown name does nothing."""

    async def close(self) -> None:
        """Release everything."""


class OpenStore:
    """Views of the generations that stand in one store; they share all but their vectors."""

    def __init__(self, backend: Backend, registry: Registry, memory: Memory | None) -> None:
        """`registry`: the backend's; `memory` where no other process writes to it."""
        self._backend = backend
        self._registry = registry
        self._memory = memory
        self._events = EventLog(backend.events)

    @property
    def generations(self) -> list[Schema]:
        """Those known here, in the order they came; `active` reads them again."""
        return [view.schema for view in self._registry.views]

    def view(self, schema: Schema) -> Store:
        """The store with the vectors of a generation; to close it is to close this.

        Raises FingerprintMismatch where there is no such generation.
        """
        view = self._registry.view(schema)
        posts, events = self._backend.posts, self._events

        def beside() -> Beside:
            return self._registry.beside(view)

        if self._memory is None:
            return PointStore(posts, events, view, beside)
        return RememberingStore(posts, events, view, self._memory, beside)

    async def active(self) -> Schema:
        """Whose vectors serve, as any process chose last."""
        self._registry = await self._backend.registry()
        return self._registry.active_view.schema

    async def add(self, schema: Schema) -> Store:
        """Make room for another generation, empty at first; the same again does nothing.

        Raises Conflict where a model's vectors stand there with another dimension.
        """
        before = await self._backend.registry()
        added = before.add(schema).view(schema)
        # In this order, for what is registered is taken to be there.
        for name, dimension in added.dimensions.items():
            if name not in before.dimensions:
                # What is there all the same is left of a drop that was broken off.
                await self._backend.drop_vector(name)
                await self._backend.add_vector(name, dimension)
        await self._change(partial(Registry.add, schema=schema))
        return self.view(schema)

    async def activate(self, schema: Schema) -> None:
        """Say whose vectors serve; FingerprintMismatch where there is no such generation."""
        await self._change(partial(Registry.activate, schema=schema))

    async def drop(self, schema: Schema) -> None:
        """Delete a generation, and the vectors that no other one has; Conflict if it is active."""
        dropped = (await self._backend.registry()).view(schema)
        registry = await self._change(partial(Registry.drop, schema=schema))
        if self._memory is not None:
            self._memory.posts.forget(dropped.key)
        for name in dropped.names.values():
            if name not in registry.dimensions:
                await self._backend.drop_vector(name)

    async def close(self) -> None:
        """Flush and release everything."""
        if self._memory is not None:
            await self._memory.settle()
        await self._backend.close()

    async def _change(self, edit: Callable[[Registry], Registry]) -> Registry:
        self._registry = await self._backend.change_registry(edit)
        return self._registry


def require(registry: Registry, schema: Schema, where: str) -> None:
    """Refuse to open a store `where` these models have no vectors, with StartupError."""
    try:
        registry.view(schema)
    except FingerprintMismatch as exc:
        held = ", or of ".join(describe(view.schema) for view in registry.views)
        raise StartupError(
            f"the store at {where} holds vectors of {held}, Triton serves {describe(schema)}; "
            "serve the former, make room for the latter, or name another store"
        ) from exc
