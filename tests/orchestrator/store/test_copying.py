"""Whole stores from engine to engine: equal in the end, whatever happens on the way."""

import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from grpc import StatusCode  # type: ignore[import-untyped]

from orchestrator.errors import Conflict, StartupError, StoreUnavailable, Unequal
from orchestrator.store.collection import Collection, Point
from orchestrator.store.copying import COLLECTIONS, Copied, Step, copy_store
from orchestrator.store.embedded import shard
from orchestrator.store.embedded.backend import open_embedded
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.events import EVENTS
from orchestrator.store.legacy.posts import LEGACY_POSTS
from orchestrator.store.place import Place, open_place
from orchestrator.store.records import Schema
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.served.server import QdrantServer
from orchestrator.store.store import POSTS
from tests.orchestrator.store.conformance import SCHEMA, event, post, unit
from tests.support.qdrant import loopback_qdrant

LATER = Schema({"visual": "clip@2", "text": "mpnet@1"}, {"visual": 2, "text": 3})
OLD_POINTS = [
    Point("7", {"mediaId": "é☃", "userId": 5, "tags": ["a"], "likes": None}, {"": unit(1, 2, 3)}),
    Point("6ba7b810-9dad-11d1-80b4-00c04fd430c8", {"url": "x"}, {"": unit(0, 0, 1)}),
]


async def fill(folder: Path) -> None:
    """Posts with one side, both or none, of two generations; events; the old system's points."""
    opened = open_embedded(folder, SCHEMA)
    await opened.view(SCHEMA).put_posts(
        [
            post("both", visual=unit(1, 2, 3, 4), text=unit(3, 2, 1)),
            post("picture", text=None, has_text_embedding=False, caption=None),
            post("text", visual=None, media_type="text", content_hash=None),
            post("π/ü ☃", alignment_score=None, media_url="a/b.jpg"),
        ]
    )
    later = await opened.add(LATER)
    await later.put_vectors("both", visual=unit(3, 4), text=unit(3, 2, 1))
    await opened.activate(LATER)
    await later.add_events([event(f"e{number}", value=0.1 * number) for number in range(9)])
    await opened.close()
    old = EmbeddedCollection(folder / LEGACY_POSTS, {"": 3}, {})
    await old.put(OLD_POINTS)
    await old.close()


@pytest.fixture
async def source(tmp_path: Path) -> str:
    await fill(tmp_path / "source")
    return f"embedded:{tmp_path / 'source'}"


@asynccontextmanager
async def opened_place(
    name: str, parameters: QdrantParameters | None = None
) -> AsyncIterator[Place]:
    place = open_place(name, parameters or QdrantParameters(), make=True)
    try:
        yield place
    finally:
        await place.close()


class Stopped(Exception):
    """What a kill is to the code."""


class StopsAt:
    """Counts batches; ends the copy after so many."""

    def __init__(self, batches: float = math.inf) -> None:
        self.batches = batches
        self.done = 0

    def __call__(self, step: Step) -> None:
        self.done += 1
        if self.done == self.batches:
            raise Stopped


async def copy(
    source: str,
    target: str,
    advance: Callable[[Step], None] | None = None,
    parameters: QdrantParameters | None = None,
) -> dict[str, Copied]:
    async with (
        opened_place(source, parameters) as one,
        opened_place(target, parameters) as other,
    ):
        copied = await copy_store(one, other, {}, batch=2, advance=advance or StopsAt())
    return {each.collection: each for each in copied}


async def contents(name: str) -> dict[str, dict[str, Point]]:
    """Every point of every collection, by id."""
    found = {}
    async with opened_place(name) as place:
        for collection in COLLECTIONS:
            there = await place.describe(collection)
            assert there is not None
            points = await place.open(collection)
            scanned, _ = await points.scan(None, limit=1000, vectors=list(there.vectors))
            found[collection] = {point.id: point for point in scanned}
            await points.close()
    return found


@pytest.mark.parametrize("kind", ["path", "grpc"])
async def test_there_and_back_again(source: str, tmp_path: Path, kind: str) -> None:
    back = f"embedded:{tmp_path / 'back'}"
    async with AsyncExitStack() as opened:
        middle, parameters = f"path:{tmp_path / 'middle'}", QdrantParameters()
        if kind == "grpc":
            server = await opened.enter_async_context(loopback_qdrant())
            middle, parameters = server.url, server.parameters(prefix="mine_")
        first = await copy(source, middle, parameters=parameters)
        second = await copy(middle, back, parameters=parameters)
    assert {name: (one.points, one.written) for name, one in second.items()} == {
        POSTS: (4, 4),
        EVENTS: (9, 9),
        LEGACY_POSTS: (2, 2),
    }
    assert {one.checksum for one in first.values()} == {one.checksum for one in second.values()}
    before, after = await contents(source), await contents(back)
    for collection in COLLECTIONS:
        assert after[collection].keys() == before[collection].keys()
        for key, point in before[collection].items():
            arrived = after[collection][key]
            assert arrived.payload == point.payload
            assert arrived.vectors.keys() == point.vectors.keys()
            for name, vector in point.vectors.items():
                assert arrived.vectors[name] == pytest.approx(vector, abs=1e-6)
    async with opened_place(source) as one, opened_place(back) as other:
        assert await other.registry() == await one.registry()


async def test_the_copy_is_a_store(source: str, tmp_path: Path) -> None:
    await copy(source, f"embedded:{tmp_path / 'copy'}")
    opened = open_embedded(tmp_path / "copy", SCHEMA)
    assert await opened.active() == LATER
    (found,) = (await opened.view(LATER).get_posts(["both"], with_vectors=True)).values()
    assert found.visual == pytest.approx(unit(3, 4))
    assert await opened.view(SCHEMA).nearest("visual", unit(1, 2, 3, 4), limit=1)
    assert len(await opened.view(SCHEMA).events_of("u1", limit=20)) == 9
    await opened.close()


@pytest.mark.parametrize("kind", ["embedded", "path"])
async def test_the_same_again_writes_what_differs(source: str, tmp_path: Path, kind: str) -> None:
    target = f"{kind}:{tmp_path / 'target'}"
    await copy(source, target)
    again = await copy(source, target)
    assert [one.written for one in again.values()] == [0, 0, 0]
    opened = open_embedded(tmp_path / "source", SCHEMA)
    await opened.view(SCHEMA).change_post("text", {"likes": 99})
    await opened.view(SCHEMA).put_vectors("both", visual=None, text=unit(3, 2, 1))
    await opened.close()
    assert [one.written for one in (await copy(source, target)).values()] == [2, 0, 0]


async def test_stopped_after_any_batch_it_goes_on(source: str, tmp_path: Path) -> None:
    target = f"path:{tmp_path / 'target'}"
    batches = math.ceil(4 / 2) + math.ceil(9 / 2) + math.ceil(2 / 2)
    for stop in range(1, 3 * batches + 1):
        with pytest.raises(Stopped):
            await copy(source, target, StopsAt(stop))
    copied = await copy(source, target)
    assert [(one.points, one.written) for one in copied.values()] == [(4, 0), (9, 0), (2, 0)]


async def test_a_server_that_goes_away_in_the_middle(source: str) -> None:
    async with loopback_qdrant() as server:
        impatient = server.parameters(retries=0, timeout_s=2.0)

        def go_away(step: Step) -> None:
            server.faults.errors = [StatusCode.UNAVAILABLE]

        with pytest.raises(StoreUnavailable, match="UNAVAILABLE"):
            await copy(source, server.url, go_away, impatient)
        assert (await copy(source, server.url, parameters=impatient))[POSTS].written == 2


async def test_a_full_disk_in_the_middle(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = f"embedded:{tmp_path / 'target'}"

    def fill_disk(step: Step) -> None:
        monkeypatch.setattr(shard, "MIN_FREE_BYTES", 2**62)

    with pytest.raises(StoreUnavailable, match="bytes left"):
        await copy(source, target, fill_disk)
    monkeypatch.undo()
    assert (await copy(source, target))[POSTS].written == 2


async def test_a_target_with_points_that_the_source_lacks_is_left_alone(
    source: str, tmp_path: Path
) -> None:
    target = f"embedded:{tmp_path / 'target'}"
    await copy(source, target)
    opened = open_embedded(tmp_path / "source", SCHEMA)
    await opened.view(SCHEMA).delete_post("text")
    await opened.view(SCHEMA).change_post("both", {"likes": 99})
    await opened.close()
    before = await contents(target)
    refused = rf"{POSTS} at .*target has 1 points that .*source lacks, of 4; nothing was copied"
    with pytest.raises(Conflict, match=refused):
        await copy(source, target)
    after = await contents(target)
    assert {name: list(points) for name, points in after.items()} == {
        name: list(points) for name, points in before.items()
    }
    assert all(point.payload.get("likes") != 99 for point in after[POSTS].values())


async def test_another_collection_of_the_target_is_looked_at_before_all_are_written(
    source: str, tmp_path: Path
) -> None:
    old = EmbeddedCollection(tmp_path / "target" / LEGACY_POSTS, {"": 3}, {})
    await old.put([OLD_POINTS[0], Point("8", {}), Point("9", {})])
    await old.close()
    target = f"embedded:{tmp_path / 'target'}"
    with pytest.raises(Conflict, match=f"{LEGACY_POSTS} at .* has 2 points that .* lacks, of 3"):
        await copy(source, target)
    async with opened_place(target) as place:
        assert await place.describe(POSTS) is None


class Lossy:
    """A collection that answers a write which it did not do."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def __getattr__(self, name: str) -> object:
        return getattr(self._collection, name)

    async def put(self, points: Sequence[Point], *, only_new: bool = False) -> list[str]:
        return await self._collection.put(points[1:], only_new=only_new)


class Shared(Lossy):
    """A collection that somebody else writes to."""

    async def put(self, points: Sequence[Point], *, only_new: bool = False) -> list[str]:
        await self._collection.put([Point("9", {})])
        return await self._collection.put(points, only_new=only_new)


class OtherPlace:
    """A place of such collections."""

    def __init__(self, place: Place, kind: type[Lossy]) -> None:
        self._place = place
        self._kind = kind

    def __getattr__(self, name: str) -> object:
        return getattr(self._place, name)

    async def open(self, collection: str) -> Lossy:
        return self._kind(await self._place.open(collection))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Lossy, "2 points are missing and 0 differ"),
        (Shared, "all points are there, and 1 that the source lacks"),
    ],
)
async def test_what_arrived_otherwise_is_noticed(
    source: str, tmp_path: Path, kind: type[Lossy], message: str
) -> None:
    async with opened_place(source) as one, opened_place(f"embedded:{tmp_path / 't'}") as other:
        target = cast(Place, OtherPlace(other, kind))
        with pytest.raises(Unequal, match=f"{POSTS}: {message}"):
            await copy_store(one, target, {}, batch=2, advance=StopsAt())


async def test_a_target_of_other_models_is_left_alone(source: str, tmp_path: Path) -> None:
    other = Schema({"visual": "vit@9", "text": "mpnet@1"}, SCHEMA.dimensions)
    opened = open_embedded(tmp_path / "target", other)
    await opened.close()
    with pytest.raises(Conflict, match=r"holds vectors of vit@9 and mpnet@1, .* of clip@1 and"):
        await copy(source, f"embedded:{tmp_path / 'target'}")


async def test_a_target_of_which_the_source_has_more_generations_gets_them(
    source: str, tmp_path: Path
) -> None:
    opened = open_embedded(tmp_path / "target", SCHEMA)
    await opened.close()
    assert (await copy(source, f"embedded:{tmp_path / 'target'}"))[POSTS].written == 4


async def test_a_collection_of_somebody_else_is_left_alone(source: str, tmp_path: Path) -> None:
    foreign = EmbeddedCollection(tmp_path / "target" / POSTS, SCHEMA.dimensions, {})
    await foreign.put([Point("1", {})])
    await foreign.close()
    with pytest.raises(Conflict, match="does not say whose vectors it holds"):
        await copy(source, f"embedded:{tmp_path / 'target'}")


@pytest.mark.parametrize("kind", ["embedded", "path"])
async def test_vectors_of_another_dimension_are_told_and_left(
    source: str, tmp_path: Path, kind: str
) -> None:
    target = f"{kind}:{tmp_path / 'target'}"
    async with opened_place(target) as place:
        await place.make(LEGACY_POSTS, {"": 5}, {})
    with pytest.raises(StartupError, match="5 components compared by Cosine, expected are 3"):
        await copy(source, target)


async def test_a_source_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="there is no store at path:"):
        await copy(f"path:{tmp_path / 'nothing'}", f"embedded:{tmp_path / 'target'}")
    for kind in ("embedded", "path"):
        with pytest.raises(StartupError, match="there is no store at "):
            open_place(f"{kind}:{tmp_path / 'nowhere'}", QdrantParameters(), make=False)
    assert not (tmp_path / "nowhere").exists()


async def old_collection_alone(folder: Path, *vectors: list[float]) -> None:
    """A folder of the client's local mode with the old system's collection, as it wrote it."""
    client = QdrantServer(f"path:{folder}", QdrantParameters())
    try:
        await client.create(LEGACY_POSTS, {"": 3}, None)
        points = [
            Point(str(number), {"mediaId": f"m{number}"}, {"": np.array(vector, dtype=np.float32)})
            for number, vector in enumerate(vectors, start=1)
        ]
        await client.upsert(LEGACY_POSTS, points, only_new=False)
    finally:
        await client.close()


async def test_the_old_collection_alone_is_copied(tmp_path: Path) -> None:
    await old_collection_alone(tmp_path / "old", [1, 0, 0], [0, 1, 0])
    copied = await copy(f"path:{tmp_path / 'old'}", f"embedded:{tmp_path / 'target'}")
    assert {name: (one.points, one.written) for name, one in copied.items()} == {
        LEGACY_POSTS: (2, 2)
    }
    # A service may begin its store beside it.
    await open_embedded(tmp_path / "target", SCHEMA).close()


async def test_vectors_of_any_length_are_compared_by_their_direction(tmp_path: Path) -> None:
    """The embedded engine norms what it is given; the local mode answers what was written."""
    await old_collection_alone(tmp_path / "old", [27.0, 3.0, 4.0], [0.0, 0.01, 0.0])
    target = f"embedded:{tmp_path / 'target'}"
    for written in (2, 0):
        copied = await copy(f"path:{tmp_path / 'old'}", target)
        assert (copied[LEGACY_POSTS].points, copied[LEGACY_POSTS].written) == (2, written)
