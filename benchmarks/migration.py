"""`python -m benchmarks.migration`: is a migration limited by its models, and does it stay small?

`throughput`: posts migrated a second beside what the models alone give of the same pictures, in
rounds that alternate. `memory`: of a process that migrates with models that cost nothing.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Iterable
from pathlib import Path

from benchmarks.inputs import meme
from benchmarks.migration_memory import Size, measure_size
from benchmarks.old_posts import write_old_posts
from benchmarks.running import running_triton
from orchestrator.deadline import Deadline
from orchestrator.inference.models import Models, TritonModels
from orchestrator.inference.triton import TritonAddress, TritonClient
from orchestrator.media.parameters import MediaParameters
from orchestrator.migration.legacy_job import LegacyJob, Migrate
from orchestrator.migration.legacy_posts import LegacySource
from orchestrator.migration.opening import open_parts
from orchestrator.runs.patience import Patience
from orchestrator.runs.running import run
from orchestrator.settings import Settings
from quickstart.weights import ensure_exported
from serving.cores import core_count

_REPOSITORY = Path("model_repository")
_CAPTION = "The moment when everything works, number {}"
_WORDS = _CAPTION + "\nWHEN TEST NUMBER {}\nFINALLY PASSES"
_DEADLINE_S = 30.0
_LEAST_RATIO = 0.85
_MOST_GROWTH = 1.05


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.migration", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    throughput = kinds.add_parser("throughput")
    throughput.add_argument("--posts", type=int, default=60, help="of a round")
    throughput.add_argument("--rounds", type=int, default=4)
    memory = kinds.add_parser("memory")
    memory.add_argument("--posts", type=int, nargs=2, default=(1_000, 50_000))
    options = parser.parse_args()
    if options.kind == "throughput":
        bench_throughput(options.posts, options.rounds)
    else:
        _print_sizes([measure_size(count) for count in options.posts])


def bench_throughput(posts: int, rounds: int) -> None:
    """Rounds of the models alone and of a migration, one after the other."""
    ensure_exported(_REPOSITORY)
    workers = 2 * core_count()
    rates: dict[str, list[float]] = {"models alone": [], "migration": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_triton(_REPOSITORY, folder / "run") as triton:
            for number in range(-1, rounds):
                memes = [meme(posts * number + each) for each in range(posts)]
                alone = asyncio.run(_models_alone(triton.grpc_url, memes, workers))
                migrated = asyncio.run(
                    _migration(triton.grpc_url, memes, workers, folder / f"round-{number}")
                )
                if number < 0:
                    continue
                for kind, rate in zip(rates, (alone, migrated), strict=True):
                    rates[kind].append(rate)
                print(f"round {number}: {alone:.2f} and {migrated:.2f} posts/s", flush=True)
    for kind, found in rates.items():
        print(f"{kind:<14}{statistics.median(found):7.2f} posts/s, {workers} at once")
    pairs = zip(rates["migration"], rates["models alone"], strict=True)
    ratio = statistics.median(migrated / alone for migrated, alone in pairs)
    print(f"migration ÷ models alone: {ratio:.2f} (target ≥ {_LEAST_RATIO})")


async def _models_alone(grpc_url: str, memes: list[bytes], workers: int) -> float:
    """Posts a second when every model is asked for every picture, and nothing else is done."""
    client = TritonClient(TritonAddress(grpc_url))
    models = TritonModels(client)
    left = iter(enumerate(memes))

    async def work() -> None:
        for number, picture in left:
            await _ask_all(models, number, picture)

    try:
        return await _rate(len(memes), (work() for _ in range(workers)))
    finally:
        await client.close()


async def _ask_all(models: Models, number: int, picture: bytes) -> None:
    deadline = Deadline.after(_DEADLINE_S)
    await asyncio.gather(
        models.embed_image(picture, deadline),
        models.read_text(picture, deadline),
        models.embed_caption(_CAPTION.format(number), deadline),
        models.preprocess(picture, deadline),
    )
    await models.embed_text(_WORDS.format(number, number), deadline)


async def _migration(grpc_url: str, memes: list[bytes], workers: int, folder: Path) -> float:
    """Posts a second of a whole migration, from the old collection into a new store."""
    settings = Settings(
        triton_url=grpc_url,
        store_path=folder / "store",
        media=MediaParameters(folder=folder / "media"),
        deadline_s=_DEADLINE_S,
    )
    await write_old_posts(folder, memes, len(memes), caption=_CAPTION)
    async with open_parts(settings, service=None, dry_run=False) as parts:
        if parts.target is None:
            raise RuntimeError("nothing to migrate to")
        source = LegacySource(parts.legacy)
        job = LegacyJob(parts.known, Migrate(source, parts.media, parts.uploads, parts.target))
        patience = Patience(0, parts.is_well)
        ended = await run(source, job, [], workers=workers, patience=patience, limit=None)
    if ended.tally.kinds["done"] != len(memes) or ended.why:
        raise RuntimeError(f"not all was migrated: {ended}")
    return len(memes) / ended.duration_s


async def _rate(count: int, work: Iterable[Awaitable[None]]) -> float:
    began_at_s = time.perf_counter()
    await asyncio.gather(*work)
    return count / (time.perf_counter() - began_at_s)


def _print_sizes(sizes: list[Size]) -> None:
    for size in sizes:
        peak = f"peak {size.peak_mb:7.1f} MB of its own"
        print(f"{size.posts:>7,} posts: {peak}, {size.rate:.0f} posts/s")
    first, last = sizes
    growth = last.peak_mb / first.peak_mb
    print(f"growth: {growth:.2f} × (target ≤ {_MOST_GROWTH})")


if __name__ == "__main__":
    main()
