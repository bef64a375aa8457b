"""`python -m benchmarks.node_client`: what the Node client adds to a feed request.

The same page by `@feedlens/client`, by bare fetch and by node:http, in turns, all with connections
that stay: from a real stack of 1,000 posts, and from a process that answers every request with one
page recorded there, which leaves the client's own share. Needs `make` to have built the client.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.inputs import likes, posts
from benchmarks.running import running_orchestrator_process, running_triton
from benchmarks.timing import Timing
from orchestrator.deadline import Deadline
from orchestrator.inference.models import TritonModels
from orchestrator.inference.triton import TritonAddress, TritonClient
from orchestrator.schema import schema_of
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.records import Schema
from quickstart.weights import ensure_exported
from serving.cores import core_count

_REPOSITORY = Path("model_repository")
_CLIENT = Path("clients/node")
_POSTS = 1_000
_LIKES = 20
_VIEWER = "viewer"
_CALLS = 400
_OURS = "@feedlens/client"
_TARGET_MS = 2.0


def main() -> None:
    """Measure, and print each server's three callers and what the client adds to the others."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.node_client",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--url", help="of a stack that runs already, whose feed has 20 posts")
    parser.add_argument("--viewer", default=_VIEWER)
    parser.add_argument("--calls", type=int, default=_CALLS)
    arguments = parser.parse_args()
    print(f"{core_count()} cores, Node {_output('--version').strip()}")
    with _stack(arguments.url) as url:
        lines = _output(
            "--import", "tsx", "benchmarks/feed.ts", url, arguments.viewer, str(arguments.calls)
        )
    for server, timings in timings_of(lines).items():
        print(f"\n{server:<24}{'p50 ms':>9}{'p99 ms':>9}{'calls':>7}")
        for timing in timings.values():
            print(
                f"  {timing.name:<22}{timing.p50_ms:>9.2f}{timing.p99_ms:>9.2f}"
                f"{len(timing.times_ms):>7}"
            )
        for other in timings:
            if other != _OURS:
                p50_ms, p99_ms = added_ms(timings[_OURS], timings[other])
                print(f"  added to {other:<13}{p50_ms:>9.2f}{p99_ms:>9.2f}  p50 ≤ {_TARGET_MS:.0f}")


def timings_of(lines: str) -> Mapping[str, Mapping[str, Timing]]:
    """By server, then by caller, from the lines of JSON that `benchmarks/feed.ts` writes."""
    timings: dict[str, dict[str, Timing]] = {}
    for line in lines.splitlines():
        series = json.loads(line)
        caller = series["caller"]
        timings.setdefault(series["server"], {})[caller] = Timing(caller, tuple(series["times_ms"]))
    return timings


def added_ms(ours: Timing, theirs: Timing) -> tuple[float, float]:
    """By how much p50 and p99 of ours are above theirs, in milliseconds."""
    return ours.p50_ms - theirs.p50_ms, ours.p99_ms - theirs.p99_ms


def _output(*arguments: str) -> str:
    """What Node.js prints, run in the client's folder."""
    node = shutil.which("node", path=str(Path(sys.prefix) / "bin")) or shutil.which("node")
    if node is None:
        raise FileNotFoundError("no node: `make` puts one beside Python")
    return subprocess.run(
        [node, *arguments], cwd=_CLIENT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


@contextmanager
def _stack(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    ensure_exported(_REPOSITORY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_triton(_REPOSITORY, folder / "run") as triton:
            asyncio.run(_fill(folder / "store", triton.grpc_url))
            with running_orchestrator_process(triton.grpc_url, folder / "store") as served:
                yield served.url


async def _fill(path: Path, grpc_url: str) -> None:
    """A viewer who liked 20 of 1,000 posts."""
    schema = await _schema(grpc_url)
    store = EmbeddedStore(path, schema)
    everything = posts(_POSTS, schema)
    await store.put_posts(everything)
    await store.add_events(likes(_VIEWER, everything[:: _POSTS // _LIKES]))
    await store.close()


async def _schema(grpc_url: str) -> Schema:
    client = TritonClient(TritonAddress(grpc_url))
    try:
        return schema_of(await TritonModels(client).fingerprints(Deadline.after(10.0)))
    finally:
        await client.close()


if __name__ == "__main__":
    main()
