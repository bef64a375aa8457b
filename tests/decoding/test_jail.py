"""What a process that was locked in has given up, as the kernel tells it from outside.

What it can't do any more: tests/orchestrator/frames/test_process.py.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

_LOCKED_IN = """
import os, sys
from decoding import jail
lacking = jail.enter(memory_bytes=100_000_000, cpu_s=7, answer_fd=1)
os.write(1, b"locked in" if lacking is None else lacking.encode())
sys.stdin.buffer.read()
"""
COMMAND = [sys.executable, "-I", "-c", _LOCKED_IN]


@contextmanager
def locked_in() -> Iterator[int]:
    """The id of a process that is locked in, and waits."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.read(9) == b"locked in"
        yield process.pid


def test_the_kernel_holds_it() -> None:
    with locked_in() as pid:
        status = dict(
            line.split(":\t", 1)
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if ":\t" in line
        )
    filtered = "2"
    assert status["Seccomp"] == filtered
    assert status["NoNewPrivs"] == "1"
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0


def test_its_limits_are_those_it_was_given() -> None:
    with locked_in() as pid:
        process = psutil.Process(pid)
        limits = {
            name: process.rlimit(getattr(psutil, f"RLIMIT_{name}"))
            for name in ("NOFILE", "FSIZE", "CORE", "DATA", "CPU")
        }
        niceness = process.nice()
    assert limits == {
        "NOFILE": (0, 0),
        "FSIZE": (0, 0),
        "CORE": (0, 0),
        "DATA": (100_000_000, 100_000_000),
        "CPU": (7, 8),
    }
    assert niceness == psutil.Process().nice() + 10


def test_it_does_not_begin_where_nobody_waits_for_it() -> None:
    nobody, answer = os.pipe()
    os.close(nobody)
    try:
        ended = subprocess.run(
            COMMAND, stdin=subprocess.DEVNULL, stdout=answer, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(answer)
    assert (ended.returncode, ended.stderr) == (1, b"nobody waits for the answer\n")
