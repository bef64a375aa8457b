"""POST /v1/search over HTTP on embedded stores of 50,000 posts, without and with topics."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.inputs import posts, unit_vector
from benchmarks.running import running_orchestrator
from benchmarks.timing import Timing, measure
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.records import Schema, StoredPost, Vector

_COUNT = 50_000
_BATCH = 500
_CALLS = 300
_LIMIT = 10
_TOPICS = 300
_NOISE = 0.7
# Enough searches that most posts were read once: a store that is just opened reads from disk.
_WARMUP = 200


def bench_search(grpc_url: str, schema: Schema, folder: Path) -> Iterator[list[Timing]]:
    """Ten posts like a stored one: on one side, on both; and on both by given vectors."""
    everything = posts(_COUNT, schema)
    yield _bench(grpc_url, schema, folder / "search-random", everything, "")
    topical = _with_topics(everything, schema)
    yield _bench(grpc_url, schema, folder / "search-topics", topical, ", topics")


def _bench(
    grpc_url: str, schema: Schema, store: Path, stored: list[StoredPost], suffix: str
) -> list[Timing]:
    asyncio.run(_fill(store, schema, stored))
    whole = [post for post in stored if post.visual is not None and post.text is not None]
    with running_orchestrator(grpc_url, store) as client:
        for number in range(_WARMUP):
            _search(client, "hybrid", {**_by_post(whole[number * 97]), "limit": 100})

        def timing(side: str, name: str, query: Callable[[StoredPost], dict[str, Any]]) -> Timing:
            return measure(
                f"search, {side} by {name}, {_COUNT:,} posts{suffix}",
                lambda number: _search(
                    client, side, {**query(whole[number * 131]), "limit": _LIMIT}
                ),
                calls=_CALLS,
            )

        return [
            timing("visual", "post", _by_post),
            timing("text", "post", _by_post),
            timing("hybrid", "post", _by_post),
            timing("hybrid", "vectors", _by_vectors),
        ]


async def _fill(path: Path, schema: Schema, stored: list[StoredPost]) -> None:
    store = EmbeddedStore(path, schema)
    for start in range(0, len(stored), _BATCH):
        await store.put_posts(stored[start : start + _BATCH])
    await store.close()


def _with_topics(plain: list[StoredPost], schema: Schema) -> list[StoredPost]:
    """The posts, each near one of some directions, the same one on both sides."""
    rng = np.random.default_rng(11)
    centres = {
        side: [unit_vector(rng, dimension) for _ in range(_TOPICS)]
        for side, dimension in schema.dimensions.items()
    }

    def near(side: str, topic: int, vector: Vector | None) -> Vector | None:
        if vector is None:
            return None
        mixed = centres[side][topic] + np.float32(_NOISE) * vector
        unit: Vector = mixed / np.linalg.norm(mixed)
        return unit

    topics = rng.integers(_TOPICS, size=len(plain)).tolist()
    return [
        replace(
            post, visual=near("visual", topic, post.visual), text=near("text", topic, post.text)
        )
        for post, topic in zip(plain, topics, strict=True)
    ]


def _by_post(post: StoredPost) -> dict[str, Any]:
    return {"media_id": post.media_id}


def _by_vectors(post: StoredPost) -> dict[str, Any]:
    if post.visual is None or post.text is None:
        raise ValueError(f"{post.media_id} lacks a side")
    return {"visual_vector": post.visual.tolist(), "text_vector": post.text.tolist()}


def _search(client: httpx.Client, side: str, body: dict[str, Any]) -> None:
    answer = client.post(f"/v1/search/{side}", json=body)
    if len(answer.raise_for_status().json()["items"]) != body["limit"]:
        raise RuntimeError("a search with another number of results was measured")
