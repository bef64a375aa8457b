import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.errors import StartupError, StoreUnavailable
from orchestrator.store.collection import Point
from orchestrator.store.embedded import shard
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.records import Schema
from tests.orchestrator.store.conformance import SCHEMA, event, post, unit
from tests.orchestrator.store.suite import StoreConformance


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path / "store", SCHEMA)
    yield opened
    await opened.close()


class TestEmbeddedStore(StoreConformance):
    """The embedded store passes the suite."""


async def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    first = EmbeddedStore(tmp_path, SCHEMA)
    await first.put_posts([post()])
    await first.add_events([event()])
    await first.close()
    second = EmbeddedStore(tmp_path, SCHEMA)
    assert await second.count_posts() == 1
    assert await second.events_of("u1", limit=5) == [event()]
    await second.close()


async def test_what_was_written_survives_kill_9(tmp_path: Path) -> None:
    """A child writes and says so line by line, and is killed while it goes on writing."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.orchestrator.store.endless_writer", str(tmp_path),
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    answered = [(await child.stdout.readline()).decode().strip() for _ in range(60)]
    os.kill(child.pid, signal.SIGKILL)
    answered += (await child.stdout.read()).decode().split()
    await child.wait()

    survivor = EmbeddedStore(tmp_path, SCHEMA)
    try:
        posts = await survivor.get_posts(answered, with_vectors=True)
        assert set(posts) == set(answered)
        assert all(stored.visual is not None for stored in posts.values())
        written = await survivor.events_of("u1", limit=len(answered) + 1)
        assert {stored.media_id for stored in written} >= set(answered)
    finally:
        await survivor.close()


async def test_a_refused_write_does_not_come_back_from_the_log(tmp_path: Path) -> None:
    first = EmbeddedStore(tmp_path, SCHEMA)
    with pytest.raises(Exception, match="shape"):
        await first.put_posts([post(text=unit(1, 0))])
    await first.close()
    second = EmbeddedStore(tmp_path, SCHEMA)
    assert await second.count_posts() == 0
    await second.close()


async def test_one_process_at_a_time(store: EmbeddedStore, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"open in another process.*FEEDLENS_STORE_PATH"):
        EmbeddedStore(tmp_path / "store", SCHEMA)


async def test_a_store_of_other_models_is_refused(tmp_path: Path) -> None:
    await EmbeddedStore(tmp_path, SCHEMA).close()
    other = Schema({"visual": "clip@2", "text": "mpnet@1"}, SCHEMA.dimensions)
    with pytest.raises(StartupError, match=r"holds vectors of clip@1 and .* serves clip@2 and"):
        EmbeddedStore(tmp_path, other)


async def test_a_half_made_shard_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "media_embeddings_v2.draft").mkdir(parents=True)
    (tmp_path / "media_embeddings_v2.draft" / "junk").write_text("killed here")
    opened = EmbeddedStore(tmp_path, SCHEMA)
    await opened.put_posts([post()])
    assert await opened.count_posts() == 1
    await opened.close()


async def test_a_full_disk_refuses_writes_and_keeps_serving_reads(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.put_posts([post("kept")])
    monkeypatch.setattr(shard, "MIN_FREE_BYTES", 2**62)
    with pytest.raises(StoreUnavailable, match="bytes left"):
        await store.put_posts([post("refused")])
    assert set(await store.get_posts(["kept", "refused"])) == {"kept"}


def test_a_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StartupError, match="can't be written"):
        EmbeddedStore(tmp_path / "file" / "store", SCHEMA)


async def test_indexes_that_an_older_store_lacks_are_added(tmp_path: Path) -> None:
    path = tmp_path / "points"
    await EmbeddedCollection(path, {"visual": 4}, {"likes": "integer"}).close()
    opened = EmbeddedCollection(path, {"visual": 4}, {"likes": "integer", "score": "float"})
    await opened.put([Point("1", {"score": 0.5}), Point("2", {"score": 0.7})])
    assert [point.id for point in await opened.highest("score", limit=2)] == ["2", "1"]
    await opened.close()
    described = shard.describe(path)
    assert described is not None
    assert described.indexes == {"likes", "score"}


async def test_a_folder_that_did_not_open_is_free_again(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(StartupError, match="can't be read"):
        EmbeddedStore(tmp_path, SCHEMA)
    (tmp_path / "manifest.json").unlink()
    await EmbeddedStore(tmp_path, SCHEMA).close()
