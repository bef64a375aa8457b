"""Saves feed sessions and says so, one id a line, until it is killed or its disk is full.

    python -m tests.orchestrator.feed.endless_saver FILE [MAX_BYTES]

MAX_BYTES, the largest file that it may write, stands in for a full disk. When a save is refused it
prints what of the old sessions it can still read, then goes on once without the limit.
"""

import asyncio
import resource
import sys
from itertools import count
from pathlib import Path

from orchestrator.errors import StoreUnavailable
from orchestrator.feed.sqlite_sessions import SqliteSessions
from tests.orchestrator.feed.snapshots import CREATED, snapshot


async def save_endlessly(path: Path) -> None:
    """Saves s0, s1, … with one post served, and marks the second."""
    sessions = SqliteSessions(path, ttl_s=3600, keep_days=1, now=lambda: CREATED)
    try:
        for number in count():
            await sessions.save(snapshot(f"s{number}"), served=1)
            await sessions.mark_served(f"s{number}", 2)
            _say(f"s{number}")
    except StoreUnavailable as exc:
        found = [await sessions.get(f"s{old}") for old in range(number)]
        readable = sum(one is not None for one in found)
        _say(f"refused, {readable} of {number} readable: {exc}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await sessions.save(snapshot("after"), served=1)
    _say("after")
    await sessions.close()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[2:]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    asyncio.run(save_endlessly(Path(sys.argv[1])))
