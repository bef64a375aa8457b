"""The gate of the cores, by processes of its own as models are."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from serving.backends.core_gate import CoreGate, write_gate
from tests.support.exporting import ROOT

# Holds so many threads for so long, so many times, and prints when it began and ended.
_HOLDER = """
import sys, time
from serving.backends.core_gate import CoreGate
threads, hold_s, times = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
gate = CoreGate.from_environment()
for _ in range(times):
    with gate.hold(threads) as held:
        began = time.monotonic()
        print("held", flush=True)
        time.sleep(hold_s)
        ended = time.monotonic()
    print(held, began, ended, flush=True)
"""

Open = Callable[[], CoreGate]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return write_gate(tmp_path / "gate", cores=2)


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Starts holders, and ends those that a test leaves."""
    started = []

    def start_one(
        threads: int = 1, hold_s: float = 0.02, times: int = 1
    ) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", _HOLDER, str(threads), str(hold_s), str(times)]
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def open_gate(environment: dict[str, str]) -> Iterator[Open]:
    """Opens ways through the gate in this process."""
    opened = []

    def open_one() -> CoreGate:
        opened.append(CoreGate.from_environment(environment))
        return opened[-1]

    yield open_one
    for gate in opened:
        gate.close()


def holds(process: "subprocess.Popen[str]") -> list[tuple[int, float, float]]:
    """(cores, began, ended) of every hold of a holder that ends."""
    output, _ = process.communicate(timeout=60)
    lines = [line.split() for line in output.splitlines() if line != "held"]
    return [(int(held), float(began), float(ended)) for held, began, ended in lines]


def most_at_once(intervals: list[tuple[int, float, float]]) -> int:
    """The most cores that were held at one time."""
    changes = [(began, held) for held, began, _ in intervals]
    changes += [(ended, -held) for held, _, ended in intervals]
    total = most = 0
    for _, change in sorted(changes):
        total += change
        most = max(most, total)
    return most


def wait_held(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"


def test_no_more_threads_than_cores_go_at_once(start: Start) -> None:
    holders = [start(threads, times=10) for threads in (1, 1, 1, 2, 2)]
    intervals = [interval for holder in holders for interval in holds(holder)]
    assert len(intervals) == 50
    assert most_at_once(intervals) == 2
    assert {held for held, _, _ in intervals} == {1, 2}


def test_more_threads_than_cores_take_them_all(open_gate: Open) -> None:
    with open_gate().hold(8) as held:
        assert held == 2


def test_a_holder_that_is_killed_gives_its_cores_back(start: Start, open_gate: Open) -> None:
    holder = start(threads=2, hold_s=60)
    wait_held(holder)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    start_s = time.monotonic()
    with open_gate().hold(2) as held:
        assert held == 2
    assert time.monotonic() - start_s < 0.5


def test_a_holder_that_hangs_stops_nobody(start: Start, open_gate: Open) -> None:
    holder = start(threads=2, hold_s=60)
    wait_held(holder)
    holder.send_signal(signal.SIGSTOP)
    start_s = time.monotonic()
    with open_gate().hold(1) as held:
        assert held == 0
    assert 1.4 < time.monotonic() - start_s < 5


def test_the_short_goes_before_the_long_but_not_for_ever(start: Start) -> None:
    """One core is taken for good; pictures of 100 ms and texts of 5 ms share the other."""
    wait_held(start(hold_s=60))
    pictures = [start(hold_s=0.1, times=6) for _ in range(2)]
    texts = [start(hold_s=0.005, times=40) for _ in range(2)]
    text_waits = sorted(
        later - earlier
        for text in texts
        for (_, _, earlier), (_, later, _) in pairwise(holds(text))
    )
    assert all(len(holds(picture)) == 6 for picture in pictures)
    # At most the rest of one picture and the other text stand before a text.
    assert text_waits[len(text_waits) // 2] < 0.15


def test_without_a_launcher_the_gate_is_open() -> None:
    with CoreGate.from_environment({}).hold(4) as held:
        assert held == 0


def test_what_fails_gives_its_cores_back(open_gate: Open) -> None:
    gate, other = open_gate(), open_gate()
    with pytest.raises(ValueError, match="broken"), gate.hold(2):
        raise ValueError("broken")
    with other.hold(2) as held:
        assert held == 2
