import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from orchestrator.store.collection import Collection, Point
from orchestrator.store.embedded.backend import EmbeddedBackend, EmbeddedStore
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.events import EventLog
from orchestrator.store.records import StoredPost
from orchestrator.store.remembering import Memory, RememberingStore
from tests.orchestrator.store.conformance import SCHEMA, post, unit, without_vectors


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path, SCHEMA, remembered_posts=15)
    yield opened
    await opened.close()


async def test_the_store_hands_out_the_same_post_until_it_is_written_or_deleted(
    store: EmbeddedStore,
) -> None:
    async def read() -> StoredPost:
        return (await store.get_posts(["m1"], with_vectors=True))["m1"]

    await store.put_posts([post(likes=1)])
    first = await read()
    assert await read() is first
    assert (await store.get_posts(["m1"]))["m1"] == without_vectors(first)
    await store.put_posts([post(likes=2)])
    assert (await read()).likes == 2
    await store.delete_post("m1")
    assert await store.get_posts(["m1"], with_vectors=True) == {}


async def test_posts_come_in_the_order_asked_for(store: EmbeddedStore) -> None:
    await store.put_posts([post(media_id) for media_id in "abcd"])
    await store.get_posts(["b"], with_vectors=True)
    read = await store.get_posts(["d", "b", "none", "a", "d"], with_vectors=True)
    assert list(read) == ["d", "b", "a"]


async def test_vectors_that_are_shared_can_not_be_written(store: EmbeddedStore) -> None:
    await store.put_posts([post()])
    for _ in range(2):
        read = (await store.get_posts(["m1"], with_vectors=True))["m1"]
        for vector in (read.visual, read.text):
            assert vector is not None
            with pytest.raises(ValueError, match="read-only"):
                vector[0] = 7.0


async def test_readers_beside_a_writer_never_see_less_than_was_answered(
    store: EmbeddedStore,
) -> None:
    """A post's likes count its writes; a vector that lags behind them would be a torn post."""
    rng = random.Random(5)
    media_ids = [f"m{number}" for number in range(20)]
    answered = dict.fromkeys(media_ids, 0)
    writing = True

    def version(media_id: str, likes: int) -> StoredPost:
        return post(media_id, likes=likes, visual=unit(1, likes, 0, 0))

    async def write() -> None:
        nonlocal writing
        for _ in range(40):
            chosen = rng.sample(media_ids, 3)
            await store.put_posts([version(key, answered[key] + 1) for key in chosen])
            for key in chosen:
                answered[key] += 1
        writing = False

    async def read() -> int:
        remembered = 0
        while writing:
            chosen = rng.sample(media_ids, 8)
            least = dict(answered)
            found = await store.get_posts(chosen, with_vectors=True)
            for key in chosen:
                likes, visual = found[key].likes, found[key].visual
                assert likes >= least[key]
                assert visual is not None
                assert np.allclose(visual, unit(1, likes, 0, 0), rtol=0, atol=1e-6)
            again = await store.get_posts(chosen, with_vectors=True)
            remembered += sum(again[key] is found[key] for key in chosen)
        return remembered

    await store.put_posts([version(key, 0) for key in media_ids])
    writer = asyncio.create_task(write())
    remembered = await asyncio.gather(*(read() for _ in range(4)))
    await writer
    assert sum(remembered) > 0
    last = await store.get_posts(media_ids, with_vectors=True)
    assert {key: stored.likes for key, stored in last.items()} == answered


class Held:
    """The posts of an embedded store, whose writes wait for `gate`, and end whoever goes away."""

    def __init__(self, posts: EmbeddedCollection) -> None:
        self._posts = posts
        self.began = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._posts, name)

    async def put(self, points: Sequence[Point], *, only_new: bool = False) -> list[str]:
        self.began.set()
        return await asyncio.shield(asyncio.create_task(self._put(points)))

    async def _put(self, points: Sequence[Point]) -> list[str]:
        await self.gate.wait()
        return await self._posts.put(points)


async def test_a_write_whose_caller_is_cancelled_leaves_nothing_stale(tmp_path: Path) -> None:
    """The engine goes on to write; who reads meanwhile must not remember what was before."""
    backend, memory = EmbeddedBackend(tmp_path, SCHEMA), Memory(10)
    held = Held(backend.posts)
    view, events = backend.opened.view(SCHEMA), EventLog(backend.events)
    store = RememberingStore(cast(Collection, held), events, view, memory)
    await store.put_posts([post(likes=1)])
    held.gate.clear()
    held.began.clear()
    writing = asyncio.create_task(store.put_posts([post(likes=2)]))
    await held.began.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert (await store.get_posts(["m1"], with_vectors=True))["m1"].likes == 1
    assert await store.top("likes", limit=1) == ["m1"]
    held.gate.set()
    await memory.settle()
    assert (await store.get_posts(["m1"], with_vectors=True))["m1"].likes == 2
    await backend.close()


async def test_a_cancelled_write_is_waited_for_at_the_end(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path, SCHEMA)
    writing = asyncio.create_task(store.put_posts([post()]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    await store.close()
    again = EmbeddedStore(tmp_path, SCHEMA)
    assert await again.count_posts() == 1
    await again.close()


async def test_new_vectors_and_counters_are_seen_at_once(store: EmbeddedStore) -> None:
    await store.put_posts([post(likes=1)])
    await store.get_posts(["m1"], with_vectors=True)
    await store.change_post("m1", {"likes": 2})
    assert (await store.get_posts(["m1"], with_vectors=True))["m1"].likes == 2
    await store.put_vectors("m1", visual=unit(0, 1, 0, 0), text=None)
    seen = (await store.get_posts(["m1"], with_vectors=True))["m1"]
    assert seen.visual == pytest.approx(unit(0, 1, 0, 0))
    assert seen.text is None
