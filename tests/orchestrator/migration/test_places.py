from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from orchestrator.errors import StartupError
from orchestrator.legacy.parameters import LegacyParameters
from orchestrator.migration.places import Places
from orchestrator.schema import schema_of
from orchestrator.settings import Settings
from orchestrator.store.collection import Point
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.embedded.manifest import claim
from orchestrator.store.legacy.points import UNNAMED
from orchestrator.store.legacy.posts import LEGACY_POSTS
from orchestrator.store.served.collection import ensure
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.served.server import QdrantServer
from tests.orchestrator.migration.old_system import (
    DIMENSION,
    VECTOR,
    open_old_system,
    payload,
)
from tests.orchestrator.store.conformance import post
from tests.support.fake_models import FINGERPRINTS


@pytest.fixture
async def opened() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def write_served(url: str) -> None:
    server = QdrantServer(url, QdrantParameters())
    try:
        old = await ensure(server, LEGACY_POSTS, {UNNAMED: DIMENSION}, {})
        await old.put([Point("1", payload(1), {UNNAMED: VECTOR})])
    finally:
        await server.close()


async def test_both_collections_may_lie_in_one_folder(
    tmp_path: Path, opened: AsyncExitStack
) -> None:
    async with open_old_system(tmp_path) as old:
        await old.put(1)
    places = Places(Settings(store_path=tmp_path / "store"), opened)
    store = await places.store(schema_of(FINGERPRINTS))
    legacy = await places.legacy()
    assert (await legacy.count(), await store.count_posts()) == (1, 0)


async def test_a_folder_is_looked_at_as_it_is(tmp_path: Path, opened: AsyncExitStack) -> None:
    store = EmbeddedStore(tmp_path, schema_of(FINGERPRINTS))
    await store.put_posts([post("m1")])
    await store.close()
    places = Places(Settings(store_path=tmp_path), opened)
    assert await places.known(["m1", "m2"]) == {"m1"}
    assert await places.known(["m2"]) == set()


async def test_both_collections_may_lie_in_one_qdrant(
    tmp_path: Path, opened: AsyncExitStack
) -> None:
    url = f"path:{tmp_path / 'qdrant'}"
    await write_served(url)
    places = Places(Settings(store_path=tmp_path / "store", qdrant_url=url), opened)
    store = await places.store(schema_of(FINGERPRINTS))
    legacy = await places.legacy()
    assert (await legacy.count(), await store.count_posts()) == (1, 0)
    await store.put_posts([post("m1")])
    assert await places.known(["m1", "m2"]) == {"m1"}
    assert not (tmp_path / "store").exists()


async def test_the_old_collection_may_lie_in_another_qdrant(
    tmp_path: Path, opened: AsyncExitStack
) -> None:
    url = f"path:{tmp_path / 'qdrant'}"
    await write_served(url)
    settings = Settings(store_path=tmp_path / "store", legacy=LegacyParameters(url=url))
    places = Places(settings, opened)
    assert await (await places.store(schema_of(FINGERPRINTS))).count_posts() == 0
    (found,), _ = await (await places.legacy()).scan(None, limit=10)
    assert found.point_id == "1"


@pytest.mark.parametrize("qdrant", [False, True])
async def test_to_look_makes_nothing(tmp_path: Path, opened: AsyncExitStack, qdrant: bool) -> None:
    url = f"path:{tmp_path / 'qdrant'}" if qdrant else None
    places = Places(Settings(store_path=tmp_path / "store", qdrant_url=url), opened)
    assert await places.known(["m1"]) == set()
    with pytest.raises(StartupError, match=f"there is no collection {LEGACY_POSTS} in "):
        await places.legacy()
    assert not (tmp_path / "store").exists()


async def test_a_folder_that_another_process_has_is_said_with_the_way_out(
    tmp_path: Path, opened: AsyncExitStack
) -> None:
    async with open_old_system(tmp_path) as old:
        await old.put(1)
    held = claim(tmp_path / "store")
    places = Places(Settings(store_path=tmp_path / "store"), opened)
    for ask in (places.legacy, lambda: places.store(schema_of(FINGERPRINTS))):
        with pytest.raises(StartupError, match=r"open in another process.* --service http://"):
            await ask()
    held.release()


async def test_a_mistyped_folder_is_not_made(tmp_path: Path, opened: AsyncExitStack) -> None:
    folder = tmp_path / "mistyped"
    settings = Settings(
        store_path=tmp_path / "store", legacy=LegacyParameters(url=f"path:{folder}")
    )
    with pytest.raises(StartupError, match=f"there is no collection {LEGACY_POSTS} in path:"):
        await Places(settings, opened).legacy()
    assert not folder.exists()
