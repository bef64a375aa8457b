"""The embedded store, whose answers can be held back, and fail; it counts what it is asked."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from orchestrator.errors import StoreUnavailable
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.protocol import EVERYTHING, Order
from orchestrator.store.records import Event, Modality, Neighbour, PostFilter, Vector


class WatchedStore(EmbeddedStore):
    """`reads` of events and `rows` they gave; `limits` of asks for posts, by what was asked.

    An answer about events is read, then held back until `gate` is set; `held` tells of the first.
    """

    gate: asyncio.Event
    held: asyncio.Event
    is_away = False
    reads = 0
    rows = 0
    limits: list[int]

    def watch(self) -> None:
        """Begin anew."""
        self.gate = asyncio.Event()
        self.gate.set()
        self.held = asyncio.Event()
        self.is_away = False
        self.reads = self.rows = 0
        self.limits = []

    async def events_of(
        self,
        user_id: str,
        *,
        limit: int,
        kinds: Sequence[str] = (),
        since: datetime | None = None,
    ) -> list[Event]:
        """See `Store`."""
        self.reads += 1
        if self.is_away:
            raise StoreUnavailable("the store is away")
        events = await super().events_of(user_id, limit=limit, kinds=kinds, since=since)
        self.rows += len(events)
        if not self.gate.is_set():
            self.held.set()
            await self.gate.wait()
        return events

    async def nearest(
        self,
        modality: Modality,
        vector: Vector,
        *,
        limit: int,
        where: PostFilter = EVERYTHING,
    ) -> list[Neighbour]:
        """See `Store`."""
        self.limits.append(limit)
        return await super().nearest(modality, vector, limit=limit, where=where)

    async def top(self, order: Order, *, limit: int) -> list[str]:
        """See `Store`."""
        self.limits.append(limit)
        return await super().top(order, limit=limit)
