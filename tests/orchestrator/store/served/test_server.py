"""What becomes of a store's calls when its server fails, hangs, or is away."""

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path

import grpc  # type: ignore[import-untyped]
import pytest
from pydantic import SecretStr
from qdrant_client.grpc import Distance, UpdateStatus

from orchestrator.errors import StartupError, StoreUnavailable
from orchestrator.store.open_store import OpenStore
from orchestrator.store.served.backend import open_served
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.served.server import QdrantServer
from tests.orchestrator.store.conformance import SCHEMA, event, post
from tests.support.qdrant import LoopbackQdrant, loopback_qdrant

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
QUICK = {"timeout_s": 0.3, "pause_s": 0.01}


@pytest.fixture
async def server() -> AsyncIterator[LoopbackQdrant]:
    async with loopback_qdrant() as running:
        yield running


@pytest.fixture
async def opened(server: LoopbackQdrant) -> AsyncIterator[OpenStore]:
    store = await open_served(server.url, SCHEMA, server.parameters(**QUICK, retries=2))
    await store.view(SCHEMA).put_posts([post()])
    server.faults.calls.clear()
    yield store
    await store.close()


async def test_a_failure_that_passes_is_not_heard_of(
    server: LoopbackQdrant, opened: OpenStore
) -> None:
    server.faults.errors = [UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED]
    assert await opened.view(SCHEMA).count_posts() == 1
    assert server.faults.calls == ["Count"] * 3


async def test_a_write_is_repeated_too_and_written_once(
    server: LoopbackQdrant, opened: OpenStore
) -> None:
    server.faults.errors = [UNAVAILABLE]
    assert await opened.view(SCHEMA).put_posts([post("again")]) == 1
    assert server.faults.calls == ["Upsert", "Upsert"]
    assert await opened.view(SCHEMA).count_posts() == 2


async def test_one_that_lasts_says_what_was_asked_of_whom(
    server: LoopbackQdrant, opened: OpenStore
) -> None:
    server.faults.errors = [UNAVAILABLE] * 3
    with pytest.raises(StoreUnavailable) as caught:
        await opened.view(SCHEMA).count_posts()
    assert caught.value.detail == (
        f"Qdrant at {server.url} failed to count: UNAVAILABLE: as the test says"
    )
    assert len(server.faults.calls) == 3


async def test_one_that_can_not_pass_is_not_repeated(
    server: LoopbackQdrant, opened: OpenStore
) -> None:
    server.faults.errors = [grpc.StatusCode.UNAUTHENTICATED]
    with pytest.raises(StoreUnavailable, match="failed to write 1 points: UNAUTHENTICATED"):
        await opened.view(SCHEMA).put_posts([post()])
    assert server.faults.calls == ["Upsert"]


async def test_a_server_that_hangs_is_given_up(server: LoopbackQdrant, opened: OpenStore) -> None:
    server.faults.flows.clear()
    with pytest.raises(StoreUnavailable, match="failed to read 1 points: no answer in time"):
        await opened.view(SCHEMA).get_posts(["m1"])
    assert server.faults.calls == ["Get"] * 3
    server.faults.flows.set()
    assert list(await opened.view(SCHEMA).get_posts(["m1"])) == ["m1"]


async def test_the_deadline_ends_all_attempts(server: LoopbackQdrant) -> None:
    parameters = server.parameters(timeout_s=0.1, pause_s=0.01, deadline_s=0.35, retries=10)
    store = await open_served(server.url, SCHEMA, parameters)
    server.faults.flows.clear()
    server.faults.calls.clear()
    with pytest.raises(StoreUnavailable, match="no answer in time"):
        await store.view(SCHEMA).count_posts()
    assert 2 <= len(server.faults.calls) <= 4
    await store.close()


async def test_a_server_that_goes_away_and_comes_back(
    server: LoopbackQdrant, opened: OpenStore
) -> None:
    await server.stop()
    with pytest.raises(StoreUnavailable, match="failed to count: UNAVAILABLE"):
        await opened.view(SCHEMA).count_posts()
    await server.start()
    while True:
        try:
            assert await opened.view(SCHEMA).count_posts() == 1
            break
        except StoreUnavailable:
            await asyncio.sleep(0.05)


async def test_connections_that_close_in_the_middle(
    server: LoopbackQdrant, opened: OpenStore
) -> None:
    server.faults.flows.clear()
    asking = asyncio.create_task(opened.view(SCHEMA).count_posts())
    server.faults.came.clear()
    await server.faults.came.wait()
    await server.stop()
    with pytest.raises(StoreUnavailable, match="failed to count"):
        await asking
    await server.start()


@pytest.mark.parametrize("status", [UpdateStatus.Acknowledged, UpdateStatus.WaitTimeout])
async def test_a_write_that_is_not_completed_is_none(
    server: LoopbackQdrant, opened: OpenStore, status: UpdateStatus.ValueType
) -> None:
    server.faults.write_status = status
    with pytest.raises(StoreUnavailable, match="did not write 1 points yet: "):
        await opened.view(SCHEMA).put_posts([post("m2")])


async def test_a_point_that_is_deleted_meanwhile_is_not_changed(
    server: LoopbackQdrant, opened: OpenStore
) -> None:
    changing = asyncio.create_task(opened.view(SCHEMA).change_post("m1", {"likes": 5}))
    server.faults.came.clear()
    await server.faults.came.wait()
    assert server.faults.calls == ["Get"]
    server.faults.errors = [grpc.StatusCode.NOT_FOUND]
    assert await changing is False


async def test_a_collection_that_is_gone_is_no_missing_point(
    server: LoopbackQdrant, opened: OpenStore
) -> None:
    server.faults.errors = [grpc.StatusCode.NOT_FOUND]
    with pytest.raises(StoreUnavailable, match="NOT_FOUND"):
        await opened.view(SCHEMA).change_post("m1", {"likes": 5})


async def test_collections_are_made_as_the_settings_say(server: LoopbackQdrant) -> None:
    parameters = server.parameters(
        prefix="a-", shard_number=6, replication_factor=3, write_consistency_factor=2,
        quantization="scalar", on_disk_vectors=True, on_disk_payload=False,
    )  # fmt: skip
    store = await open_served(server.url, SCHEMA, parameters)
    posts, events = server.made
    assert (posts.collection_name, events.collection_name) == (
        "a-media_embeddings_v2",
        "a-user_events",
    )
    for made in (posts, events):
        factors = (made.shard_number, made.replication_factor, made.write_consistency_factor)
        assert (*factors, made.on_disk_payload) == (6, 3, 2, False)
    vectors = posts.vectors_config.params_map.map
    assert {name: (made.size, made.on_disk) for name, made in vectors.items()} == {
        "visual": (4, True),
        "text": (3, True),
    }
    assert {made.distance for made in vectors.values()} == {Distance.Cosine}
    assert posts.quantization_config.WhichOneof("quantization") == "scalar"
    assert set(server.indexes["a-media_embeddings_v2"]) == {
        "author_id", "content_type", "media_type", "created_at", "likes", "comments",
        "alignment_score",
    }  # fmt: skip
    viewers = server.indexes["a-user_events"]["user_id"].field_index_params
    assert viewers.keyword_index_params.is_tenant is True
    await store.close()


async def test_two_that_start_at_once_open_the_same_store(server: LoopbackQdrant) -> None:
    first, second = await asyncio.gather(
        *(open_served(server.url, SCHEMA, server.parameters()) for _ in range(2))
    )
    await first.view(SCHEMA).add_events([event()])
    assert await second.view(SCHEMA).events_of("u1", limit=1) == [event()]
    await first.close()
    await second.close()


async def test_a_server_that_is_away_at_the_start() -> None:
    parameters = QdrantParameters(grpc_port=1, retries=1, timeout_s=0.5, pause_s=0.01)
    with pytest.raises(StoreUnavailable, match=r"Qdrant at http://127.0.0.1:1 failed to look: "):
        await open_served("http://127.0.0.1:1", SCHEMA, parameters)


async def test_http_connections_that_close_are_tried_again() -> None:
    requests = 0

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        await reader.readuntil(b"\r\n\r\n")
        requests += 1
        writer.close()

    listening = await asyncio.start_server(close, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    parameters = QdrantParameters(prefer_grpc=False, retries=2, pause_s=0.01)
    with pytest.raises(StoreUnavailable, match="failed to look"):
        await open_served(f"http://127.0.0.1:{port}", SCHEMA, parameters)
    assert requests == 3
    listening.close()
    await listening.wait_closed()


@pytest.mark.parametrize(("status", "attempts"), [(503, 3), (429, 3), (403, 1), (404, 1)])
async def test_http_answers_that_may_pass_are_asked_for_again(status: int, attempts: int) -> None:
    requests = 0

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        await reader.readuntil(b"\r\n\r\n")
        requests += 1
        writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    parameters = QdrantParameters(prefer_grpc=False, retries=2, pause_s=0.01)
    with pytest.raises(StoreUnavailable, match=f"failed to look: .*{status}"):
        await open_served(f"http://127.0.0.1:{port}", SCHEMA, parameters)
    assert requests == attempts
    listening.close()
    await listening.wait_closed()


@pytest.mark.parametrize("version", ["1.18.0-dev", "1.20.0", "2.0.1"])
async def test_a_server_that_is_new_enough(server: LoopbackQdrant, version: str) -> None:
    server.become(version)
    opened = await open_served(server.url, SCHEMA, server.parameters())
    assert await opened.active() == SCHEMA
    await opened.close()


async def test_a_server_that_would_overwrite_what_is_not_new(server: LoopbackQdrant) -> None:
    server.become("1.16.3")
    with pytest.raises(StartupError, match=r"is 1\.16\.3; 1\.18 or later is needed"):
        await open_served(server.url, SCHEMA, server.parameters())
    assert server.made == []


@pytest.mark.parametrize("url", ["qdrant:6334", "ftp://host", ""])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(StartupError, match=r"can't be opened: it is no http:// or https:// URL"):
        QdrantServer(url, QdrantParameters())


# The client leaves the lock file open that it was refused.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_local_folder_is_of_one_process_and_lasts(tmp_path: Path) -> None:
    url = f"path:{tmp_path / 'qdrant'}"
    first = await open_served(url, SCHEMA, QdrantParameters())
    with pytest.raises(StartupError, match="already accessed by another instance"):
        await open_served(url, SCHEMA, QdrantParameters())
    gc.collect()
    await first.view(SCHEMA).put_posts([post()])
    await first.close()
    second = await open_served(url, SCHEMA, QdrantParameters())
    assert list(await second.view(SCHEMA).get_posts(["m1"])) == ["m1"]
    await second.close()


def test_the_key_does_not_show() -> None:
    assert "hush" not in repr(QdrantParameters(api_key=SecretStr("hush")))
