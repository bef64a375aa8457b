"""What a process that decodes much keeps of it: run in one of its own, whose heap is new."""

import subprocess
import sys

FRAGMENTS = """
import psutil
from orchestrator.frames.heap import give_back

own = psutil.Process()
before = own.memory_info().rss
# Large blocks first: glibc takes such from its heap from then on.
for size in (20_000_000, 20_000_001):
    b"x" * size
large, small = [], []
for _ in range(60):
    large.append(b"x" * 1_000_000)
    small.append(b"x" * (4_000 + len(small)))
held = own.memory_info().rss
large.clear()
give_back()
print((held - before) >> 20, (own.memory_info().rss - before) >> 20)
"""


def test_what_was_freed_between_what_is_held_is_given_back() -> None:
    said = subprocess.run(
        [sys.executable, "-c", FRAGMENTS], capture_output=True, text=True, check=True
    )
    held_mib, left_mib = map(int, said.stdout.split())
    assert held_mib >= 50
    assert left_mib <= 20
