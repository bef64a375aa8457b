"""Waits for what another process does."""

import time
from collections.abc import Callable


def until(done: Callable[[], object], within_s: float = 60.0) -> None:
    """Asks again and again until the answer is true; AssertionError after that time."""
    give_up_at_s = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < give_up_at_s, f"not within {within_s} s"
        time.sleep(0.05)
