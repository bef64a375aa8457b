"""What every `Store` must do with events."""

import asyncio
from datetime import timedelta

import numpy as np
import pytest

from orchestrator.errors import Conflict
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event
from tests.orchestrator.store.conformance import NOW, event


class EventSuite:
    """Inherited by the tests of an engine, which yield `store`."""

    async def test_a_sample_of_viewers(self, store: Store) -> None:
        assert await store.sample_viewers(5, seed=1) == []
        await store.add_events([event(f"e{n}", user_id=f"u{n % 3}") for n in range(30)])
        assert sorted(await store.sample_viewers(100, seed=1)) == ["u0", "u1", "u2"]
        assert len(await store.sample_viewers(1, seed=1)) == 1

    async def test_events_of_a_viewer_latest_first(self, store: Store) -> None:
        early = event("e1", at=NOW - timedelta(hours=2), kind="dwell", value=3.5)
        late = event("e2")
        assert await store.add_events([early, late, event("e3", user_id="u2")]) == 3
        assert await store.events_of("u1", limit=10) == [late, early]
        assert await store.events_of("u1", limit=1) == [late]
        assert await store.events_of("nobody", limit=10) == []

    async def test_events_of_some_kinds(self, store: Store) -> None:
        await store.add_events([event("e1"), event("e2", kind="view"), event("e3", kind="hide")])
        found = await store.events_of("u1", limit=10, kinds=["like", "hide"])
        assert {known.event_id for known in found} == {"e1", "e3"}

    async def test_events_since_a_moment(self, store: Store) -> None:
        instant = timedelta(microseconds=1)
        events = [event(f"e{i}", at=NOW + i * instant) for i in (-1, 0, 1)]
        await store.add_events([*events, event("view", kind="view", at=NOW + instant)])
        found = await store.events_of("u1", limit=10, kinds=["like"], since=NOW)
        assert [known.event_id for known in found] == ["e1", "e0"]
        assert [known.event_id for known in await store.events_of("u1", limit=1, since=NOW)] in (
            ["e1"],
            ["view"],
        )

    async def test_events_of_one_moment_stand_by_id(self, store: Store) -> None:
        await store.add_events([event(f"e{i}") for i in (3, 1, 4, 2)])
        await store.add_events([event("e0"), event("later", at=NOW + timedelta(seconds=1))])
        found = await store.events_of("u1", limit=10)
        assert [known.event_id for known in found] == ["later", "e0", "e1", "e2", "e3", "e4"]

    async def test_many_events_stand_in_order_whatever_order_they_came_in(
        self, store: Store
    ) -> None:
        minutes = np.random.default_rng(3).permutation(500).tolist()
        events = [event(f"e{i}", at=NOW - timedelta(minutes=i)) for i in minutes]
        for start in range(0, 500, 100):
            await store.add_events(events[start : start + 100])
        found = await store.events_of("u1", limit=200, since=NOW - timedelta(minutes=400))
        assert [known.event_id for known in found] == [f"e{i}" for i in range(200)]

    async def test_a_known_event_id_rejects_the_batch(self, store: Store) -> None:
        await store.add_events([event("e1")])
        with pytest.raises(Conflict) as caught:
            await store.add_events([event("e2"), event("e1", kind="hide")])
        assert caught.value.members == {"duplicates": ["e1"]}
        assert await store.events_of("u1", limit=10) == [event("e1")]

    async def test_or_is_left_out_where_that_is_asked_for(self, store: Store) -> None:
        await store.add_events([event("e1")])
        added = await store.add_events([event("e1", kind="hide"), event("e2")], skip_known=True)
        assert added == 1
        kinds = {known.event_id: known.kind for known in await store.events_of("u1", limit=10)}
        assert kinds == {"e1": "like", "e2": "like"}

    @pytest.mark.parametrize("event_id", ["π/ü ☃ 👩‍🚀", "a" * 256, "0"])
    async def test_any_string_is_an_events_id(self, store: Store, event_id: str) -> None:
        written = event(event_id, user_id="ünï 👤", media_id="図", variant="b", value=2.5)
        await store.add_events([written])
        assert await store.events_of("ünï 👤", limit=1) == [written]

    async def test_of_writers_of_one_event_at_once_one_succeeds(self, store: Store) -> None:
        answers = await asyncio.gather(
            *(store.add_events([event("same")]) for _ in range(10)), return_exceptions=True
        )
        assert sum(answer == 1 for answer in answers) == 1
        assert sum(isinstance(answer, Conflict) for answer in answers) == 9
        assert await store.count_events() == 1

    async def test_writers_at_once_that_leave_out_the_known_write_each_once(
        self, store: Store
    ) -> None:
        batches = [[event(f"e{(start + i) % 30}") for i in range(10)] for start in range(0, 30, 5)]
        added = await asyncio.gather(
            *(store.add_events(batch, skip_known=True) for batch in batches)
        )
        assert (sum(added), await store.count_events()) == (30, 30)

    async def test_a_batch_that_names_an_event_twice_has_it_once(self, store: Store) -> None:
        assert await store.add_events([event("e1"), event("e1")]) == 1
        assert await store.count_events() == 1

    async def test_a_scan_meets_every_event_once(self, store: Store) -> None:
        written = {f"e{i}": event(f"e{i}") for i in range(23)}
        await store.add_events(list(written.values()))
        found: list[Event] = []
        page, after = await store.scan_events(None, limit=10)
        found += page
        while after is not None:
            page, after = await store.scan_events(after, limit=10)
            found += page
        assert len(found) == 23
        assert {known.event_id: known for known in found} == written
