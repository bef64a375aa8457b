"""Where the old collection is, and what is done where it is not, or is another one."""

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import InferenceUnavailable, StartupError
from orchestrator.legacy.parameters import LegacyParameters
from orchestrator.opening.legacy import open_legacy
from orchestrator.settings import Settings
from orchestrator.store.collection import Point
from orchestrator.store.legacy.points import UNNAMED
from orchestrator.store.legacy.posts import LEGACY_POSTS
from orchestrator.store.served.collection import ServerCollection
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.served.server import QdrantServer
from tests.support.fake_models import LEGACY_FINGERPRINT, FakeModels
from tests.support.old_collection import DIMENSION, EAST, old_post
from tests.support.qdrant import LoopbackQdrant, loopback_qdrant

READ = LegacyParameters(read=True)


def settings_of(folder: Path, legacy: LegacyParameters = READ, **changes: Any) -> Settings:
    return Settings(store_path=folder, legacy=legacy, **changes)


async def test_what_is_not_used_is_not_opened(tmp_path: Path) -> None:
    models = FakeModels()
    async with AsyncExitStack() as opened:
        settings = settings_of(tmp_path, LegacyParameters())
        assert await open_legacy(settings, models, opened) is None
    assert models.calls == []
    assert not (tmp_path / LEGACY_POSTS).exists()


async def test_it_is_beside_the_embedded_store_and_lasts(tmp_path: Path) -> None:
    for count in (0, 1):
        async with AsyncExitStack() as opened:
            side = await open_legacy(settings_of(tmp_path), FakeModels(), opened)
            assert side is not None
            assert (side.fingerprint, await side.store.count()) == (LEGACY_FINGERPRINT, count)
            await side.store.put([old_post("m1")])
            assert await side.store.newest(limit=5) == ["m1"]
    assert (tmp_path / LEGACY_POSTS).is_dir()


async def test_a_model_that_is_not_served_stops_the_start(tmp_path: Path) -> None:
    models = FakeModels()
    models.failing["legacy_fingerprint"] = InferenceUnavailable("no such model", model="vit_legacy")
    async with AsyncExitStack() as opened:
        with pytest.raises(StartupError, match=r"no such model; FEEDLENS_LEGACY__READ and .* need"):
            await open_legacy(settings_of(tmp_path), models, opened)


async def test_other_vectors_stop_the_start(tmp_path: Path) -> None:
    async with AsyncExitStack() as opened:
        await open_legacy(settings_of(tmp_path), FakeModels(), opened)
    models = FakeModels()
    models.legacy_fingerprint_now = replace(LEGACY_FINGERPRINT, dimension=7)
    async with AsyncExitStack() as opened:
        with pytest.raises(StartupError, match=r"has 5 components .* expected are 7"):
            await open_legacy(settings_of(tmp_path), models, opened)


async def served(loopback: LoopbackQdrant, folder: Path, opened: AsyncExitStack) -> Any:
    settings = settings_of(folder, qdrant_url=loopback.url, qdrant=loopback.parameters())
    return await open_legacy(settings, FakeModels(), opened)


async def test_on_a_server_it_is_made_where_it_is_missing(tmp_path: Path) -> None:
    async with loopback_qdrant() as loopback, AsyncExitStack() as opened:
        side = await served(loopback, tmp_path, opened)
        await side.store.put([old_post("m1")])
        assert await side.store.newest(limit=5) == ["m1"]
        assert sorted(loopback.indexes[LEGACY_POSTS]) == ["createdAt", "id", "mediaId", "media_id"]


async def test_one_that_is_there_stays_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with loopback_qdrant() as loopback, AsyncExitStack() as opened:
        server = QdrantServer(loopback.url, loopback.parameters())
        opened.push_async_callback(server.close)
        await server.create(LEGACY_POSTS, {UNNAMED: DIMENSION}, None)
        payload = {"media_id": "m1", "timestamp": 1_714_996_800_000}
        collection = ServerCollection(server, LEGACY_POSTS)
        await collection.put([Point("7", payload, {UNNAMED: EAST})])
        side = await served(loopback, tmp_path, opened)
        assert await side.store.newest(limit=5) == ["m1"]
        assert (await side.store.get(["m1"]))["m1"].point_id == "7"
        assert LEGACY_POSTS not in loopback.indexes
        assert "has no index of id and mediaId and media_id" in caplog.text


async def test_another_dimension_on_a_server_is_told(tmp_path: Path) -> None:
    async with loopback_qdrant() as loopback, AsyncExitStack() as opened:
        server = QdrantServer(loopback.url, loopback.parameters())
        opened.push_async_callback(server.close)
        await server.create(LEGACY_POSTS, {UNNAMED: 7}, None)
        with pytest.raises(
            StartupError, match="of 7 components compared by Cosine, expected are 5"
        ):
            await served(loopback, tmp_path, opened)


async def test_it_may_be_on_another_qdrant_than_the_store(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    settings = settings_of(
        tmp_path, LegacyParameters(read=True, url=f"path:{folder}"), qdrant=QdrantParameters()
    )
    async with AsyncExitStack() as opened:
        side = await open_legacy(settings, FakeModels(), opened)
        assert side is not None
        await side.store.put([old_post("m1")])
    assert folder.is_dir()
    assert not (tmp_path / LEGACY_POSTS).exists()
