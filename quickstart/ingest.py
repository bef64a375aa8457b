"""The sample posts into the store, on the first start."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from rich.progress import track

from quickstart.client import Client
from quickstart.console import CONSOLE
from quickstart.samples import load_posts, load_viewers

_MARKER = "samples-ingested"
_AT_ONCE = 2


def ingest_samples(client: Client, store: Path, now: datetime) -> None:
    """Upload every sample and record the viewers' likes, once a store.

    A start that was killed half-way goes on with the same calls, which are idempotent; the marker
    is written last.
    """
    marker = store / _MARKER
    if marker.exists():
        return
    posts = load_posts()
    CONSOLE.print(f"==> Ingesting {len(posts)} sample posts")
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        done = threads.map(lambda post: client.publish(post, now), posts)
        for _ in track(done, "    posts", total=len(posts), console=CONSOLE):
            pass
    client.like(load_viewers(), now)
    marker.touch()
