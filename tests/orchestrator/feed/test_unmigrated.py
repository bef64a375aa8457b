"""What of the legacy collection is not in the store, on the real engine."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.feed.unmigrated import DEEPEST, Unmigrated
from orchestrator.store.embedded.backend import EmbeddedStore
from tests.orchestrator.store.conformance import NOW, SCHEMA, post, unit
from tests.support.old_collection import EAST, OldCollection, old_post, open_old_collection


@dataclass
class Both:
    """The old collection, the store, and what is between."""

    old: OldCollection
    store: EmbeddedStore
    unmigrated: Unmigrated


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    store = EmbeddedStore(tmp_path, SCHEMA)
    async with open_old_collection(tmp_path) as old:
        yield Both(old, store, Unmigrated(old, store, lambda: NOW))
    await store.close()


async def fill(both: Both, count: int, *, migrated: int) -> None:
    """Posts m000, m001 … ever farther from the east and ever older, the first ones migrated."""
    names = [f"m{number:03}" for number in range(count)]
    await both.old.put(
        [
            old_post(name, unit(1, number / count, 0, 0, 0), NOW - timedelta(hours=number))
            for number, name in enumerate(names)
        ]
    )
    if migrated:
        await both.store.put_posts([post(name) for name in names[:migrated]])


async def test_what_is_migrated_is_left_out(both: Both) -> None:
    await fill(both, 6, migrated=3)
    assert await both.unmigrated.near(EAST, limit=2) == ["m003", "m004"]
    assert await both.unmigrated.newest(limit=2) == ["m003", "m004"]
    assert await both.unmigrated.near(EAST, limit=9) == ["m003", "m004", "m005"]


async def test_a_date_to_come_is_none(both: Both) -> None:
    soon = NOW + timedelta(days=1)
    await both.old.put(
        [
            old_post("soon", created_at=soon),
            old_post("later", created_at=soon + timedelta(seconds=1)),
        ]
    )
    posts = await both.unmigrated.posts(["soon", "later"])
    assert {name: each.created_at for name, each in posts.items()} == {"soon": soon, "later": None}


async def test_the_newest_are_looked_for_once_for_all_viewers(both: Both) -> None:
    await fill(both, 6, migrated=3)
    first = await both.unmigrated.newest(limit=2)
    asked = both.old.asked
    assert await both.unmigrated.newest(limit=2) == first
    assert await both.unmigrated.newest(limit=1) == first[:1]
    assert both.old.asked == asked
    assert await both.unmigrated.newest(limit=9) == ["m003", "m004", "m005"]


async def test_it_looks_deeper_where_most_is_migrated(both: Both) -> None:
    await fill(both, 60, migrated=55)
    assert await both.unmigrated.near(EAST, limit=5) == [f"m0{number}" for number in range(55, 60)]


async def test_but_not_for_ever(both: Both) -> None:
    await fill(both, DEEPEST + 5, migrated=DEEPEST)
    assert await both.unmigrated.near(EAST, limit=5) == []


async def test_posts_come_with_vectors_whether_migrated_or_not(both: Both) -> None:
    await fill(both, 2, migrated=1)
    posts = await both.unmigrated.posts(["m000", "m001", "unknown"])
    assert posts.keys() == {"m000", "m001"}
    assert posts["m000"].vector == pytest.approx(EAST)
    assert await both.unmigrated.authors(["m001", "unknown"]) == {"m001": "ann"}


async def test_nothing_is_asked_for_nothing(both: Both) -> None:
    assert (await both.unmigrated.posts([]), await both.unmigrated.authors([])) == ({}, {})
    assert both.old.asked == 0


async def test_while_the_collection_is_away_there_is_nothing_left(
    both: Both, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(both, 2, migrated=0)
    both.old.is_away = True
    assert await both.unmigrated.near(EAST, limit=2) == []
    assert await both.unmigrated.newest(limit=2) == []
    assert await both.unmigrated.posts(["m000"]) == {}
    assert await both.unmigrated.authors(["m000"]) == {}
    assert "feeds go on without the legacy collection: the old collection is away" in caplog.text
    both.old.is_away = False
    assert await both.unmigrated.newest(limit=2) == ["m000", "m001"]
