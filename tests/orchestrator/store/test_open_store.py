"""Generations of an open store, on every engine."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.errors import Conflict, FingerprintMismatch, StartupError, StoreUnavailable
from orchestrator.store.embedded.backend import open_embedded
from orchestrator.store.embedded.manifest import Manifest, read_schema
from orchestrator.store.open_store import OpenStore
from orchestrator.store.protocol import Store
from orchestrator.store.records import Schema, StoredPost
from orchestrator.store.served.backend import open_served
from orchestrator.store.served.parameters import QdrantParameters
from tests.orchestrator.store.conformance import SCHEMA, event, post, unit, without_vectors
from tests.support.qdrant import loopback_qdrant

NEXT = Schema({"visual": "clip@2", "text": "mpnet@1"}, {"visual": 2, "text": 3})
LAST = Schema({"visual": "clip@2", "text": "minilm@1"}, {"visual": 2, "text": 2})
Opening = Callable[[Schema], Awaitable[OpenStore]]


@pytest.fixture(params=["embedded", "local", "grpc"])
async def opening(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opening]:
    """Opens the same store each time; one at a time."""

    async def embedded(schema: Schema) -> OpenStore:
        return open_embedded(tmp_path / "store", schema)

    async def local(schema: Schema) -> OpenStore:
        return await open_served(f"path:{tmp_path / 'local'}", schema, QdrantParameters())

    async with AsyncExitStack() as running:
        if request.param == "grpc":
            server = await running.enter_async_context(loopback_qdrant())

            async def served(schema: Schema) -> OpenStore:
                return await open_served(server.url, schema, server.parameters())

            yield served
        else:
            yield {"embedded": embedded, "local": local}[request.param]


@pytest.fixture
async def opened(opening: Opening) -> AsyncIterator[OpenStore]:
    store = await opening(SCHEMA)
    yield store
    await store.close()


async def read(store: Store, media_id: str = "m1") -> StoredPost:
    return (await store.get_posts([media_id], with_vectors=True))[media_id]


async def test_a_post_is_seen_with_each_generations_vectors(opened: OpenStore) -> None:
    old = opened.view(SCHEMA)
    await old.put_posts([post()])
    new = await opened.add(NEXT)
    assert new.schema == NEXT
    seen = await read(new)
    assert without_vectors(seen) == without_vectors(post(model_fingerprint=NEXT.fingerprints))
    assert seen.visual is None
    assert seen.text == pytest.approx(unit(1, 0, 0))
    assert await new.nearest("visual", unit(1, 0), limit=1) == []

    assert await new.put_vectors("m1", visual=unit(0, 1), text=seen.text) is True
    assert (await read(new)).visual == pytest.approx(unit(0, 1))
    assert (await read(old)).visual == pytest.approx(unit(1, 0, 0, 0))
    (near,) = await new.nearest("visual", unit(3, 4), limit=1)
    assert near.media_id == "m1"
    assert near.cosine == pytest.approx(0.8)
    (near,) = await old.nearest("visual", unit(0, 1, 0, 0), limit=1)
    assert near.cosine == pytest.approx(0.0, abs=1e-6)


async def test_what_is_no_vector_is_the_same_in_all(opened: OpenStore) -> None:
    old, new = opened.view(SCHEMA), await opened.add(NEXT)
    await old.put_posts([post(likes=1)])
    assert ((await read(old)).likes, (await read(new)).likes) == (1, 1)
    await new.change_post("m1", {"likes": 2})
    assert ((await read(old)).likes, (await read(new)).likes) == (2, 2)
    await new.add_events([event()])
    assert await old.events_of("u1", limit=1) == [event()]
    await new.delete_post("m1")
    assert await old.get_posts(["m1"], with_vectors=True) == {}


@pytest.mark.parametrize(
    ("changes", "keeps_visual", "keeps_text"),
    [
        ({"likes": 9}, True, True),
        ({"caption": "Another"}, True, False),
        ({"ocr_text": "ANOTHER"}, True, False),
        ({"content_hash": "sha256:99"}, False, True),
        ({"content_hash": "sha256:99", "caption": None}, False, False),
    ],
)
async def test_a_post_written_anew_keeps_the_others_vectors_of_what_is_the_same(
    opened: OpenStore, changes: dict[str, object], keeps_visual: bool, keeps_text: bool
) -> None:
    old, new = opened.view(SCHEMA), await opened.add(LAST)
    await old.put_posts([post("m1"), post("m2")])
    for media_id in ("m1", "m2"):
        await new.put_vectors(media_id, visual=unit(1, 0), text=unit(0, 1))
    await read(new)
    await old.put_posts([replace(post(), **changes)])  # type: ignore[arg-type]
    seen = await read(new)
    assert (seen.visual is not None, seen.text is not None) == (keeps_visual, keeps_text)
    assert (await read(old)).visual is not None
    assert (await new.get_posts(["m2"], with_vectors=True))["m2"].visual is not None


async def test_what_a_broken_drop_left_does_not_come_back(opened: OpenStore) -> None:
    new = await opened.add(LAST)
    await opened.view(SCHEMA).put_posts([post()])
    await new.put_vectors("m1", visual=unit(1, 0), text=unit(0, 1))
    # As a kill between the registry and the vectors leaves it.
    await opened._change(lambda registry: registry.drop(LAST))
    again = await opened.add(LAST)
    assert (await read(again)).visual is None
    assert (await read(again)).text is None


async def test_posts_can_be_written_by_the_next_generation(opened: OpenStore) -> None:
    new = await opened.add(LAST)
    written = post(model_fingerprint=LAST.fingerprints, visual=unit(1, 0), text=unit(0, 1))
    await new.put_posts([written])
    assert (await read(new)).text == pytest.approx(unit(0, 1))
    assert (await read(opened.view(SCHEMA))).text is None
    with pytest.raises(FingerprintMismatch, match=r"comes from clip@1, .* vectors of clip@2"):
        await new.put_posts([post()])


async def test_one_serves_and_the_choice_lasts(opened: OpenStore, opening: Opening) -> None:
    await opened.add(NEXT)
    assert await opened.active() == SCHEMA
    await opened.activate(NEXT)
    assert await opened.active() == NEXT
    await opened.view(NEXT).put_posts([post("a", visual=None)])
    await opened.close()
    for schema in (NEXT, SCHEMA):
        again = await opening(schema)
        assert await again.active() == NEXT
        assert again.generations == [SCHEMA, NEXT]
        assert (await read(again.view(schema), "a")).text == pytest.approx(unit(1, 0, 0))
        await again.close()


async def test_the_same_generation_again_changes_nothing(opened: OpenStore) -> None:
    await (await opened.add(NEXT)).put_posts([post(visual=None)])
    await opened.add(NEXT)
    await opened.add(SCHEMA)
    assert opened.generations == [SCHEMA, NEXT]
    assert (await read(opened.view(NEXT))).text == pytest.approx(unit(1, 0, 0))


async def test_a_generation_is_dropped_and_what_others_use_stays(opened: OpenStore) -> None:
    new = await opened.add(NEXT)
    await opened.view(SCHEMA).put_posts([post()])
    await new.put_vectors("m1", visual=unit(0, 1), text=unit(0, 1, 0))
    await read(new)
    await opened.drop(NEXT)
    assert opened.generations == [SCHEMA]
    assert (await read(opened.view(SCHEMA))).text == pytest.approx(unit(0, 1, 0))
    with pytest.raises(FingerprintMismatch, match="no vectors of clip@2"):
        opened.view(NEXT)
    with pytest.raises(StoreUnavailable):
        await new.nearest("visual", unit(1, 0), limit=1)
    again = await opened.add(NEXT)
    assert (await read(again)).visual is None


async def test_the_first_one_can_be_dropped_when_another_serves(
    opened: OpenStore, opening: Opening
) -> None:
    new = await opened.add(LAST)
    await opened.view(SCHEMA).put_posts([post()])
    await new.put_vectors("m1", visual=unit(0, 1), text=unit(0, 1))
    with pytest.raises(Conflict, match="activate others"):
        await opened.drop(SCHEMA)
    await opened.activate(LAST)
    await opened.drop(SCHEMA)
    await opened.close()
    again = await opening(LAST)
    assert (await read(again.view(LAST))).visual == pytest.approx(unit(0, 1))
    await again.close()
    with pytest.raises(StartupError, match=r"holds vectors of clip@2 and minilm@1, .* clip@1 and"):
        await opening(SCHEMA)


async def test_models_without_vectors_do_not_open_it(opened: OpenStore, opening: Opening) -> None:
    await opened.add(NEXT)
    await opened.close()
    with pytest.raises(StartupError) as caught:
        await opening(LAST)
    assert (
        "holds vectors of clip@1 and mpnet@1, or of clip@2 and mpnet@1, Triton serves clip@2 and "
        "minilm@1; serve the former"
    ) in caught.value.detail


async def test_generations_come_and_go_while_readers_read(opened: OpenStore) -> None:
    old = opened.view(SCHEMA)
    await old.put_posts([post(f"m{i}") for i in range(20)])
    changing = True
    reads = 0

    async def keep_reading() -> None:
        nonlocal reads
        while changing:
            found = await old.get_posts([f"m{i}" for i in range(20)], with_vectors=True)
            near = await old.nearest("visual", unit(1, 0, 0, 0), limit=20)
            assert (len(found), len(near)) == (20, 20)
            assert all(known.visual is not None for known in found.values())
            reads += 1
            await asyncio.sleep(0)

    reader = asyncio.create_task(keep_reading())
    for _ in range(3):
        new = await opened.add(NEXT)
        await new.put_vectors("m3", visual=unit(1, 0), text=unit(1, 0, 0))
        await opened.activate(NEXT)
        assert (await read(new, "m3")).visual == pytest.approx(unit(1, 0))
        await opened.activate(SCHEMA)
        await opened.drop(NEXT)
    changing = False
    await reader
    assert reads > 0


async def test_another_process_may_switch_an_embedded_store(tmp_path: Path) -> None:
    opened = open_embedded(tmp_path, SCHEMA)
    await opened.add(NEXT)
    manifest = Manifest(tmp_path)
    manifest.change(lambda registry: registry.activate(NEXT))  # type: ignore[union-attr]
    assert await opened.active() == NEXT
    assert read_schema(tmp_path) == NEXT
    await opened.close()
