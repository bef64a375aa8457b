"""Viewers' events over a collection, for every engine."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from orchestrator.errors import Conflict
from orchestrator.store.collection import Collection, IndexKind, Point, Where
from orchestrator.store.payloads import event_from, event_payload, point_id, timestamp
from orchestrator.store.records import Event
from orchestrator.store.sampling import draw

EVENTS = "user_events"
EVENT_INDEXES: dict[str, IndexKind] = {"user_id": "keyword", "kind": "keyword", "at": "datetime"}


class EventLog:
    """What viewers did. The calls are those of `Store`."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, events: Sequence[Event], *, skip_known: bool) -> int:
        """See `Store.add_events`."""
        points = {
            point_id(event.event_id): Point(point_id(event.event_id), event_payload(event))
            for event in events
        }
        if skip_known:
            return len(await self._collection.put(list(points.values()), only_new=True))
        if known := await self._collection.insert(list(points.values())):
            duplicates = sorted(points[key].payload["event_id"] for key in known)
            raise Conflict(
                f"{len(duplicates)} of the events are recorded already; none was written",
                members={"duplicates": duplicates},
            )
        return len(points)

    async def of(
        self, user_id: str, *, limit: int, kinds: Sequence[str], since: datetime | None
    ) -> list[Event]:
        """See `Store.events_of`."""
        where = Where(
            one_of={"user_id": [user_id], **({"kind": kinds} if kinds else {})},
            not_before={"at": timestamp(since)} if since else {},
        )
        events = await self._collection.highest("at", limit=limit, where=where, read=event_from)
        events.sort(key=attrgetter("event_id"))
        events.sort(key=attrgetter("at"), reverse=True)
        return events

    async def viewers(self, count: int, *, seed: int) -> list[str]:
        """See `Store.sample_viewers`."""
        return list(dict.fromkeys(await draw(self._collection, "user_id", count, seed=seed)))

    async def count(self) -> int:
        """See `Store.count_events`."""
        return await self._collection.count()

    async def scan(self, after: str | None, *, limit: int) -> tuple[list[Event], str | None]:
        """See `Store.scan_events`."""
        return await self._collection.scan(after, limit=limit, read=event_from)

    async def close(self) -> None:
        """Let go of the collection."""
        await self._collection.close()
