"""POST /v1/feed over HTTP on embedded stores of 1,000 and 50,000 posts."""

import asyncio
from pathlib import Path

import httpx

from benchmarks.inputs import likes, posts
from benchmarks.running import running_orchestrator
from benchmarks.timing import Timing, measure
from orchestrator.store.embedded import EmbeddedStore
from orchestrator.store.records import Schema

_SIZES = (1_000, 50_000)
_CALLS = 200
_VIEWERS = 20
_LIKES = 20
_BATCH = 500


def bench_feed(grpc_url: str, schema: Schema, folder: Path) -> list[Timing]:
    """The first page of 20 for viewers who liked 20 posts each."""
    return [_bench_size(count, grpc_url, schema, folder / f"feed-{count}") for count in _SIZES]


def _bench_size(count: int, grpc_url: str, schema: Schema, store: Path) -> Timing:
    asyncio.run(_fill(store, schema, count))
    with running_orchestrator(grpc_url, store) as client:
        return measure(
            f"POST /v1/feed, {count:,} posts",
            lambda number: _feed(client, f"viewer-{number % _VIEWERS}"),
            calls=_CALLS,
            warmup=_VIEWERS,
        )


async def _fill(path: Path, schema: Schema, count: int) -> None:
    store = EmbeddedStore(path, schema)
    everything = posts(count, schema)
    for start in range(0, count, _BATCH):
        await store.put_posts(everything[start : start + _BATCH])
    for viewer in range(_VIEWERS):
        liked = everything[viewer :: count // _LIKES][:_LIKES]
        await store.add_events(likes(f"viewer-{viewer}", liked))
    await store.close()


def _feed(client: httpx.Client, user_id: str) -> None:
    answer = client.post("/v1/feed", json={"user_id": user_id, "limit": 20})
    if len(answer.raise_for_status().json()["items"]) != 20:
        raise RuntimeError("a page of another length was measured")
