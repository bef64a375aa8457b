"""One line for each step: what is being done, then what came of it and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Step:
    """A step under way; `result` is shown when it ends."""

    def __init__(self) -> None:
        self.result = "done"


@contextmanager
def step(subject: str, doing: str) -> Iterator[Step]:
    """Print `subject`: `doing` now, and the step's result with its seconds when the block ends."""
    print(f"{subject}: {doing} ... ", end="", flush=True)
    started_s = time.perf_counter()
    current = Step()
    try:
        yield current
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{current.result} ({time.perf_counter() - started_s:.1f} s)", flush=True)


def megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
