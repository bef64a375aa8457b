from pathlib import Path

import pytest

from orchestrator.errors import StartupError
from orchestrator.store.events import EVENTS
from orchestrator.store.generations import Registry
from orchestrator.store.legacy.posts import LEGACY_POSTS
from orchestrator.store.place import open_place
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.store import POSTS
from tests.orchestrator.store.conformance import SCHEMA
from tests.support.qdrant import loopback_qdrant

NAMED = {"visual": 4, "text": 3}


async def test_the_old_collection_alone_has_no_prefix_and_viewers_are_tenants() -> None:
    async with loopback_qdrant() as server:
        place = open_place(server.url, server.parameters(prefix="mine_"), make=True)
        await place.make(POSTS, NAMED, {})
        await place.make(EVENTS, {}, {"user_id": "keyword", "kind": "keyword"})
        await place.make(LEGACY_POSTS, {"": 3}, {})
        made = {one.name for one in (await server.engine.get_collections()).collections}
        assert made == {f"mine_{POSTS}", f"mine_{EVENTS}", LEGACY_POSTS}
        indexes = server.indexes[f"mine_{EVENTS}"]
        tenants = {
            field: request.field_index_params.keyword_index_params.is_tenant
            for field, request in indexes.items()
        }
        assert tenants == {"user_id": True, "kind": False}
        await place.close()


@pytest.mark.parametrize("kind", ["embedded", "path"])
async def test_the_registry_is_kept_with_the_posts(tmp_path: Path, kind: str) -> None:
    name = f"{kind}:{tmp_path / 'store'}"
    registry = Registry.first(SCHEMA)
    place = open_place(name, QdrantParameters(), make=True)
    assert await place.registry() is None
    await place.make(POSTS, NAMED, {})
    await place.register(registry)
    await place.close()
    again = open_place(name, QdrantParameters(), make=False)
    assert await again.registry() == registry
    await again.close()


async def test_a_damaged_registry_is_told() -> None:
    async with loopback_qdrant() as server:
        place = open_place(server.url, server.parameters(), make=True)
        await place.make(POSTS, NAMED, {})
        await server.engine.update_collection(POSTS, metadata={"feedlens": '{"active": 0}'})
        with pytest.raises(StartupError, match=f"{POSTS} at http.* has a damaged registry"):
            await place.registry()
        await place.close()


async def test_one_at_a_time_has_a_folder(tmp_path: Path) -> None:
    name = f"embedded:{tmp_path}"
    held = open_place(name, QdrantParameters(), make=False)
    with pytest.raises(StartupError, match="is open in another process"):
        open_place(name, QdrantParameters(), make=False)
    await held.close()
    await open_place(name, QdrantParameters(), make=False).close()
