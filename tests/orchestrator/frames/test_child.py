"""Processes that run out of time, for want of a processor or in spite of one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from orchestrator.content.disk_file import DiskFile
from orchestrator.errors import FeedlensError, Unavailable, UndecodableMedia
from orchestrator.frames.child import Child, Ended
from orchestrator.frames.verdict import STARVED_SHARE, answer_of
from tests.orchestrator.frames.test_verdict import TASK

TIMEOUT_S = 2.0
SPINNING = (sys.executable, "-I", "-c", "while True: pass")
TELLING = pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="this kernel does not tell who waits"
)


def ended_at_its_timeout(*command: str) -> Ended:
    """How a process ends that would not end."""
    ended = Child(command, max_output_bytes=100).run(DiskFile.of(b"upload"), TIMEOUT_S)
    assert ended is not None
    assert (ended.status, ended.fault) == (-9, "timed-out")
    return ended


def error_of(ended: Ended) -> type[FeedlensError]:
    """Whose fault it is."""
    with pytest.raises(FeedlensError) as raised:
        answer_of(ended, b"", TASK, TIMEOUT_S)
    return raised.type


@pytest.fixture
def _a_core_for_four() -> Iterator[None]:
    """What a test starts shares one processor with three that never rest."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    with ExitStack() as others:
        try:
            for _ in range(3):
                other = others.enter_context(subprocess.Popen(SPINNING))
                others.callback(other.kill)
            yield
        finally:
            os.sched_setaffinity(0, cores)


@TELLING
@pytest.mark.usefixtures("_a_core_for_four")
def test_a_process_that_is_starved_is_the_machines_fault() -> None:
    ended = ended_at_its_timeout(*SPINNING)
    assert ended.waited_s is not None
    # Nearly three quarters, less what it waits for at its end and what another core takes over.
    assert ended.waited_s >= TIMEOUT_S * STARVED_SHARE
    assert error_of(ended) is Unavailable


@TELLING
def test_a_process_that_sleeps_is_the_uploads_fault() -> None:
    ended = ended_at_its_timeout("sleep", "60")
    assert ended.waited_s is not None
    assert ended.waited_s < TIMEOUT_S / 4
    assert error_of(ended) is UndecodableMedia


def test_one_that_ends_is_not_asked_how_long_it_waited() -> None:
    ended = Child(("true",), max_output_bytes=100).run(DiskFile.of(b"upload"), 60)
    assert ended == Ended(0, b"", b"", None, None)
