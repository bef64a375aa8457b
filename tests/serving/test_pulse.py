"""What tells a hung server from hung models: the judgement on made times, the look on a process."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from serving.pulse import SILENT_S, Pulse, ServerWatch, Standing, is_stopped


@pytest.fixture
def watch() -> ServerWatch:
    return ServerWatch()


def test_a_server_that_was_not_asked_yet_is_trusted(watch: ServerWatch) -> None:
    assert watch.standing(100.0) is Standing.ANSWERS


def test_a_late_answer_only_delays_judgement(watch: ServerWatch) -> None:
    watch.asked(0.0)
    assert watch.standing(0.5) is Standing.ANSWERS
    assert watch.standing(1.0) is Standing.LATE
    watch.answered()
    assert watch.standing(1.0) is Standing.ANSWERS


def test_silence_counts_from_its_first_probe_and_is_lost_after_15_s(watch: ServerWatch) -> None:
    for asked_at_s in (10.0, 12.0, 14.0):
        watch.asked(asked_at_s)
        watch.failed(asked_at_s + 2)
        assert watch.standing(asked_at_s + 2) is Standing.SILENT
    assert SILENT_S == 15.0
    assert watch.standing(24.5) is Standing.SILENT
    assert watch.standing(25.0) is Standing.LOST


def test_one_answer_begins_it_all_anew(watch: ServerWatch) -> None:
    watch.asked(0.0)
    watch.failed(2.0)
    watch.asked(14.0)
    watch.answered()
    watch.asked(15.0)
    watch.failed(17.0)
    assert watch.standing(29.5) is Standing.SILENT
    assert watch.standing(30.0) is Standing.LOST


def test_a_stopped_server_is_silent_at_once_and_until_it_answers(watch: ServerWatch) -> None:
    watch.stopped(3.0)
    assert watch.standing(3.0) is Standing.SILENT
    watch.stopped(8.0)
    watch.asked(9.0)
    assert watch.standing(9.0) is Standing.SILENT
    watch.answered()
    assert watch.standing(9.0) is Standing.ANSWERS
    watch.stopped(20.0)
    assert watch.standing(34.5) is Standing.SILENT
    assert watch.standing(35.0) is Standing.LOST


def test_time_that_the_launcher_itself_was_frozen_does_not_count(watch: ServerWatch) -> None:
    watch.asked(0.0)
    watch.failed(100.0)
    assert watch.standing(100.0) is Standing.SILENT
    assert watch.standing(113.0) is Standing.LOST


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that does nothing."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as started:
        yield started
        started.kill()


def test_a_stopped_process_is_seen_as_such(process: "subprocess.Popen[bytes]") -> None:
    assert not is_stopped(process.pid)
    process.send_signal(signal.SIGSTOP)
    give_up_at_s = time.monotonic() + 10
    while not is_stopped(process.pid):
        assert time.monotonic() < give_up_at_s
    process.kill()
    process.wait()
    assert not is_stopped(process.pid)


def test_a_pulse_follows_the_answers(process: "subprocess.Popen[bytes]") -> None:
    answers = iter([True, False, True])
    pulse = Pulse(process.pid, lambda: next(answers), every_s=3.0)
    try:
        seen = []
        # Of the rhythm only a second is left: the look must be newer than any canary's verdict.
        for now_s in (0.0, 0.5, 1.0, 1.1, 2.0, 2.1):
            seen.append(pulse.look(now_s))
            time.sleep(0.05)
    finally:
        pulse.stop()
    well, silent = Standing.ANSWERS, Standing.SILENT
    assert seen == [well, well, well, silent, silent, well]
