"""Writes into the embedded store, in batches as a migration or a copy makes them."""

import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.inputs import posts
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.records import Schema

_COUNT = 20_000
_BATCH = 500


def bench_upserts(schema: Schema) -> float:
    """Posts a second into an empty store, each batch on disk before the next begins."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_upserts(Path(folder) / "store", schema))


async def _upserts(path: Path, schema: Schema) -> float:
    store = EmbeddedStore(path, schema)
    everything = posts(_COUNT, schema)
    start = time.perf_counter()
    for first in range(0, _COUNT, _BATCH):
        await store.put_posts(everything[first : first + _BATCH])
    elapsed_s = time.perf_counter() - start
    await store.close()
    return _COUNT / elapsed_s
