"""POST /v1/feed over HTTP on embedded stores of 1,000 and 50,000 posts."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.inputs import likes, posts
from benchmarks.running import running_orchestrator
from benchmarks.timing import Timing, measure
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.records import Schema

_SIZES = (1_000, 50_000)
_VIEWERS = 200
_CALLS = 400
_LIKES = 20
_BATCH = 500
_PAGE = 20
_THROUGHPUT_CALLS = 600
_CONCURRENCY = 8


@dataclass(frozen=True)
class Throughput:
    """First pages answered in a second, to `concurrency` callers at once."""

    name: str
    per_s: float
    concurrency: int


def bench_feed(grpc_url: str, schema: Schema, folder: Path) -> Iterator[list[Timing] | Throughput]:
    """First and next pages of 20, for 200 viewers who liked 20 posts each."""
    for count in _SIZES:
        yield from _bench_size(count, grpc_url, schema, folder / f"feed-{count}")


def _bench_size(
    count: int, grpc_url: str, schema: Schema, store: Path
) -> Iterator[list[Timing] | Throughput]:
    asyncio.run(_fill(store, schema, count))
    size = f"{count:,} posts"
    with running_orchestrator(grpc_url, store) as client:
        # Nothing of these viewers is in memory yet.
        unknown = measure(
            f"POST /v1/feed, viewer's first, {size}",
            lambda number: _feed(client, _viewer(number)),
            calls=_VIEWERS,
            warmup=0,
        )
        first = measure(
            f"POST /v1/feed, {size}",
            lambda number: _feed(client, _viewer(number)),
            calls=_CALLS,
            warmup=0,
        )
        cursors = [_feed(client, _viewer(number))["cursor"] for number in range(_VIEWERS)]
        following = measure(
            f"POST /v1/feed, next page, {size}",
            lambda number: _feed(client, _viewer(number), cursors[number % _VIEWERS]),
            calls=_CALLS,
            warmup=0,
        )
        yield [unknown, first, following]
        yield asyncio.run(_throughput(str(client.base_url), size))


async def _fill(path: Path, schema: Schema, count: int) -> None:
    store = EmbeddedStore(path, schema)
    everything = posts(count, schema)
    for start in range(0, count, _BATCH):
        await store.put_posts(everything[start : start + _BATCH])
    for viewer in range(_VIEWERS):
        numbers = (viewer + like * (count // _LIKES) for like in range(_LIKES))
        liked = [everything[number % count] for number in numbers]
        await store.add_events(likes(_viewer(viewer), liked))
    await store.close()


def _viewer(number: int) -> str:
    return f"viewer-{number % _VIEWERS}"


def _feed(client: httpx.Client, user_id: str, cursor: str | None = None) -> dict[str, Any]:
    answer = client.post("/v1/feed", json={"user_id": user_id, "limit": _PAGE, "cursor": cursor})
    return _checked(answer)


def _checked(answer: httpx.Response) -> dict[str, Any]:
    page: dict[str, Any] = answer.raise_for_status().json()
    if len(page["items"]) != _PAGE:
        raise RuntimeError("a page of another length was measured")
    return page


async def _throughput(url: str, size: str) -> Throughput:
    """The callers share the machine's cores with what they call."""
    numbers = iter(range(_THROUGHPUT_CALLS))

    async def call_on(client: httpx.AsyncClient) -> None:
        for number in numbers:
            json = {"user_id": _viewer(number), "limit": _PAGE}
            _checked(await client.post("/v1/feed", json=json))

    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        start = time.perf_counter()
        await asyncio.gather(*(call_on(client) for _ in range(_CONCURRENCY)))
        elapsed_s = time.perf_counter() - start
    return Throughput(f"feeds a second, {size}", _THROUGHPUT_CALLS / elapsed_s, _CONCURRENCY)
