"""`make bench`: what this machine does, beside the targets.

The models alone are measured by `make bench-models`.
"""

import argparse
import asyncio
import platform
import sys
import tempfile
from pathlib import Path

from benchmarks.extraction import bench_extraction, bench_models
from benchmarks.feed import Throughput, bench_feed
from benchmarks.ranking import bench_ranking
from benchmarks.running import running_triton
from benchmarks.search import bench_search
from benchmarks.store import bench_upserts
from benchmarks.timing import Timing
from benchmarks.viewer import bench_viewer
from orchestrator.deadline import Deadline
from orchestrator.inference.models import Fingerprints, TritonModels
from orchestrator.inference.triton import TritonAddress, TritonClient
from orchestrator.schema import schema_of
from quickstart.weights import ensure_exported
from serving.cores import core_count

_REPOSITORY = Path("model_repository")
_TARGETS = {
    "POST /extract-multimodal, uncached": "p50 ≤ 350",
    "POST /extract-multimodal, cached": "p50 ≤ 10",
    "POST /v1/feed, 50,000 posts": "p50 ≤ 25, p99 ≤ 60",
    "POST /v1/feed, next page, 50,000 posts": "p50 ≤ 10",
    "search, hybrid by post, 50,000 posts": "p50 ≤ 15",
    "search, hybrid by post, 50,000 posts, topics": "p50 ≤ 15",
    "feeds a second, 50,000 posts": "≥ 50",
    "search, hybrid by vectors, 50,000 posts": "p50 ≤ 15",
    "viewer's vectors, 200 events": "p50 ≤ 10",
    "viewer's vectors, 2,000 events": "p50 ≤ 150",
    "ranking, 100 posts": "p50 ≤ 1",
    "ranking, 1,000 posts": "p50 ≤ 8",
}


def main() -> None:
    """Measure everything, one thing after the other, and print each as it is known."""
    argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__).parse_args()
    ensure_exported(_REPOSITORY)
    print(f"{platform.machine()}, {core_count()} cores, Python {platform.python_version()}")
    _print_header()
    _print_rows(bench_ranking())
    _print_rows(bench_viewer())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_triton(_REPOSITORY, folder / "run") as triton:
            fingerprints = asyncio.run(_fingerprints(triton.grpc_url))
            alone = asyncio.run(bench_models(triton.grpc_url))
            _print_rows(alone)
            extraction = bench_extraction(triton.grpc_url, folder)
            _print_rows(extraction)
            ratio = extraction[0].p50_ms / sum(timing.p50_ms for timing in alone)
            print(f"  uncached p50 ÷ sum of its models alone: {ratio:.2f} (target ≤ 1.2)")
            upserts_per_s = bench_upserts(schema_of(fingerprints))
            print(f"  embedded upserts: {upserts_per_s:,.0f} posts/s (target ≥ 2,000)")
            for timings in bench_search(triton.grpc_url, schema_of(fingerprints), folder):
                _print_rows(timings)
            for result in bench_feed(triton.grpc_url, schema_of(fingerprints), folder):
                _print_feed(result)
    print(f"weights: {fingerprints.visual.id}, {fingerprints.text.id}")


async def _fingerprints(grpc_url: str) -> Fingerprints:
    client = TritonClient(TritonAddress(grpc_url))
    try:
        return await TritonModels(client).fingerprints(Deadline.after(10.0))
    finally:
        await client.close()


def _print_feed(result: list[Timing] | Throughput) -> None:
    if isinstance(result, Throughput):
        target = _TARGETS.get(result.name, "–")
        print(
            f"  {result.name}: {result.per_s:.1f} to {result.concurrency} callers (target {target})"
        )
        sys.stdout.flush()
    else:
        _print_rows(result)


def _print_header() -> None:
    print(f"{'what':<48}{'p50 ms':>9}{'p99 ms':>9}{'calls':>7}  target, ms")


def _print_rows(timings: list[Timing]) -> None:
    for timing in timings:
        target = _TARGETS.get(timing.name, "–")
        print(
            f"{timing.name:<48}{timing.p50_ms:>9.2f}{timing.p99_ms:>9.2f}"
            f"{len(timing.times_ms):>7}  {target}"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
