"""Collections that are there already: compared with what is expected, never altered."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from qdrant_client import models

from orchestrator.errors import StartupError
from orchestrator.store.collection import Near, Point, Where
from orchestrator.store.records import Bounds
from orchestrator.store.served.collection import ServerCollection, ensure
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.served.server import QdrantServer
from tests.orchestrator.store.conformance import unit
from tests.support.qdrant import LoopbackQdrant, loopback_qdrant

ID = "00000000-0000-0000-0000-00000000000a"


@pytest.fixture
async def loopback() -> AsyncIterator[LoopbackQdrant]:
    async with loopback_qdrant() as running:
        yield running


@pytest.fixture
async def server(loopback: LoopbackQdrant) -> AsyncIterator[QdrantServer]:
    connected = QdrantServer(loopback.url, loopback.parameters())
    yield connected
    await connected.close()


def vector(size: int, distance: models.Distance = models.Distance.COSINE) -> models.VectorParams:
    return models.VectorParams(size=size, distance=distance)


@pytest.mark.parametrize(
    ("made", "expected", "message"),
    [
        (
            {"visual": vector(5), "text": vector(3)},
            {"visual": 4, "text": 3},
            "has the vector 'visual' of 5 components compared by Cosine, expected are 4 components",
        ),
        (
            {"visual": vector(4, models.Distance.DOT)},
            {"visual": 4},
            "has the vector 'visual' of 4 components compared by Dot, expected are 4 components",
        ),
        (
            {"visual": vector(4)},
            {"visual": 4, "text": 3},
            r"has not the vector 'text' \(but 'visual'\), expected are 3 components",
        ),
        (vector(512), {"": 768}, "has an unnamed vector of 512 components compared by Cosine"),
        ({"visual": vector(4)}, {"": 768}, r"has not an unnamed vector \(but 'visual'\)"),
        ({}, {"": 768}, r"has not an unnamed vector \(but none\)"),
    ],
)
async def test_vectors_that_differ_are_told_and_left(
    loopback: LoopbackQdrant,
    server: QdrantServer,
    made: Any,
    expected: dict[str, int],
    message: str,
) -> None:
    await loopback.engine.create_collection("old", made)
    before = (await loopback.engine.get_collection("old")).config
    with pytest.raises(StartupError, match=rf"the collection old at http.* {message}"):
        await ensure(server, "old", expected, {"likes": "integer"})
    assert (await loopback.engine.get_collection("old")).config == before
    assert loopback.indexes == {}


async def test_one_that_fits_is_used_as_it_is(
    loopback: LoopbackQdrant, server: QdrantServer
) -> None:
    await loopback.engine.create_collection("old", vector(3))
    old = models.PointStruct(id=7, vector=[0.0, 3.0, 4.0], payload={"mediaId": "m7", "likes": 2})
    await loopback.engine.upsert("old", [old])
    collection = await ensure(server, "old", {"": 3}, {})
    (found,) = await collection.get(["7"], vectors=[""])
    assert (found.id, found.payload) == ("7", {"mediaId": "m7", "likes": 2})
    assert found.vectors[""] == pytest.approx([0, 0.6, 0.8])
    (near,) = await collection.nearest("", unit(0, 0, 1), limit=1, fields=["mediaId"])
    assert near == Near("7", {"mediaId": "m7"}, near.cosine)
    assert near.cosine == pytest.approx(0.8)
    assert loopback.made == []


async def test_a_marked_points_payload_is_as_it_was_written(
    loopback: LoopbackQdrant, server: QdrantServer
) -> None:
    collection = await ensure(server, "new", {"": 3}, {"at": "datetime"})
    payload = {"n": 1, "at": "2026-11-01T00:00:00+00:00"}
    assert await collection.put([Point(ID, payload, {"": unit(1, 0, 0)})], only_new=True) == [ID]
    assert [point.payload for point in await collection.get([ID])] == [payload]
    assert [point.payload for point in (await collection.scan(None, limit=2))[0]] == [payload]
    assert [point.payload for point in await collection.highest("at", limit=2)] == [payload]


class Overtaken(ServerCollection):
    """Another process writes `others` just after this one looked whether they are there."""

    others: Sequence[Point] = ()

    async def get(self, *args: Any, **kwargs: Any) -> Any:
        found = await super().get(*args, **kwargs)
        await ServerCollection(self._server, self._name).put(self.others)
        self.others = ()
        return found


async def test_who_comes_first_has_written(server: QdrantServer) -> None:
    await ensure(server, "new", {}, {})
    overtaken = Overtaken(server, "new")
    overtaken.others = [Point("1", {"by": "other"})]
    assert await overtaken.insert([Point("1", {"by": "us"}), Point("2", {"by": "us"})]) == ["1"]
    found = await overtaken.get(["1", "2"])
    assert {point.id: point.payload for point in found} == {
        "1": {"by": "other"},
        "2": {"by": "us"},
    }
    assert await overtaken.insert([Point("2", {"by": "us"}), Point("3", {"by": "us"})]) == ["2"]
    assert await overtaken.count() == 2


async def test_ids_and_conditions_may_be_numbers(server: QdrantServer) -> None:
    collection = await ensure(server, "new", {}, {})
    await collection.put([Point("12", {"n": 1}), Point("3", {"n": 2}), Point(ID, {"n": 3})])
    page, after = await collection.scan(None, limit=2)
    assert [point.id for point in page] == ["3", "12"]
    assert after == ID
    assert await collection.count(Where(one_of={"n": [1, 3]}, without=["12"])) == 1
    assert await collection.count(Where(within={"n": Bounds(at_least=2)})) == 2
    assert await collection.delete(["12", "4"]) == ["12"]


async def test_a_collection_that_is_not_checked(server: QdrantServer) -> None:
    await ensure(server, "new", {}, {})
    await ServerCollection(server, "new").put([Point("1", {})])
    assert await ServerCollection(server, "new").count() == 1


async def test_indexes_are_added_once(loopback: LoopbackQdrant, server: QdrantServer) -> None:
    for _ in range(2):
        await ensure(server, "new", {}, {"likes": "integer", "score": "float", "at": "datetime"})
    assert set(loopback.indexes["new"]) == {"likes", "score", "at"}
    assert loopback.faults.calls.count("CreateFieldIndex") == 3


async def test_local_mode_has_no_indexes() -> None:
    server = QdrantServer(":memory:", QdrantParameters())
    await ensure(server, "new", {"": 3}, {"likes": "integer"})
    described = await server.describe("new")
    assert described is not None
    assert described.indexes == frozenset()
    await server.close()
