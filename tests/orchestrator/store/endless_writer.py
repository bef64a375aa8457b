"""Writes posts and events to the store named, and prints each id once it is answered."""

import asyncio
import itertools
import sys
from pathlib import Path

from orchestrator.store.embedded.backend import EmbeddedStore
from tests.orchestrator.store.conformance import SCHEMA, event, post


async def main(path: Path) -> None:
    store = EmbeddedStore(path, SCHEMA)
    for number in itertools.count():
        media_id = f"m{number}"
        await store.put_posts([post(media_id)])
        await store.add_events([event(f"e{number}", media_id=media_id)])
        sys.stdout.write(f"{media_id}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
