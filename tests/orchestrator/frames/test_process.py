"""Processes that an upload crashed, stalled or took over: a clear error in time, and none left."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from orchestrator.content.disk_file import DiskFile
from orchestrator.content.video import Video
from orchestrator.deadline import Deadline
from orchestrator.errors import Unavailable, UndecodableMedia
from orchestrator.frames.parameters import VideoParameters
from orchestrator.frames.process import ProcessDecoder
from orchestrator.frames.processor_wait import waited_s
from tests.support import taken_over

SCRIPT = str(Path(taken_over.__file__))
UPLOAD = b"an upload of thirty-two letters."
LOCKED = "PermissionError: [Errno 1] Operation not permitted"
SCHEDSTAT = Path("/proc/self/schedstat")
NO_FILES = "OSError: [Errno 24] Too many open files"
FILTERED = pytest.param((), id="filtered")
UNFILTERED = pytest.param(("--unfiltered",), id="unfiltered")


def decoder_that(act: str, argument: object = "", *options: str, **limits: float) -> ProcessDecoder:
    """Its process is taken over, and does this."""
    settings: dict[str, float] = {"timeout_s": 10, "cpu_s": 5, "frames": 1} | limits
    return ProcessDecoder(
        VideoParameters(**settings),  # type: ignore[arg-type]
        max_pictures_pixels=1_000_000,
        command=(sys.executable, "-I", SCRIPT, *options, act, str(argument)),
    )


def upload() -> Video:
    """What it is given."""
    return Video(DiskFile.of(UPLOAD), "sha256:0", "mp4")


async def error_of(decoder: ProcessDecoder, time_s: float = 30) -> str:
    """What the uploader is told."""
    with pytest.raises(UndecodableMedia) as raised:
        await decoder.sample(upload(), Deadline.after(time_s))
    return raised.value.detail


async def ended_by_the_clock(decoder: ProcessDecoder, timeout_s: float) -> None:
    """Ended at its timeout: test_child tells whose fault that is, on a machine that may be busy."""
    with pytest.raises((UndecodableMedia, Unavailable)) as raised:
        await decoder.sample(upload(), Deadline.after(30))
    assert (type(raised.value), raised.value.detail) in (
        (UndecodableMedia, f"decoding the video takes longer than {timeout_s} s"),
        (Unavailable, f"the machine was too busy to decode the video within {timeout_s} s"),
    )


async def said_by(act: str, argument: object = "", *options: str, **limits: float) -> str:
    """What became of an act."""
    said = await error_of(decoder_that(act, argument, *options, **limits))
    return said.removeprefix("the video can't be used: ")


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    """No child, not even a dead one, and no open file."""
    me = psutil.Process()
    children, files = me.children(recursive=True), me.num_fds()
    yield
    assert me.children(recursive=True) == children
    # An event loop of pytest's own may come or go.
    assert me.num_fds() <= files + 4


@pytest.mark.parametrize(("options", "error"), [((), LOCKED), (("--unfiltered",), NO_FILES)])
async def test_it_opens_no_file(options: tuple[str, ...], error: str) -> None:
    assert (await said_by("opens", "/etc/passwd", *options)).startswith(error)


@pytest.mark.parametrize(("options", "error"), [((), LOCKED), (("--unfiltered",), NO_FILES)])
async def test_it_writes_no_file(options: tuple[str, ...], error: str, tmp_path: Path) -> None:
    left = tmp_path / "left"
    assert (await said_by("writes_a_file", left, *options)).startswith(error)
    assert not left.exists()


@pytest.mark.parametrize(("options", "error"), [((), LOCKED), (("--unfiltered",), NO_FILES)])
async def test_it_talks_to_nobody(options: tuple[str, ...], error: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        assert (await said_by("connects", port, *options)).startswith(error)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("act", ["forks", "kills_its_parent", "shares_memory", "runs_memory"])
async def test_the_filter_lets_through_what_decoding_needs_alone(act: str) -> None:
    assert (await said_by(act, 1)).startswith(LOCKED)


@pytest.mark.parametrize("act", ["spawns", "becomes"])
async def test_it_starts_no_program(act: str) -> None:
    assert (await said_by(act, sys.executable)).startswith(LOCKED)


@pytest.mark.parametrize("options", [FILTERED, UNFILTERED])
async def test_it_can_not_raise_its_limits(options: tuple[str, ...]) -> None:
    # Without the filter that is because it has given up root's capabilities.
    said = await said_by("raises_its_limits", "", *options)
    assert said == "ValueError: not allowed to raise maximum limit"


@pytest.mark.parametrize("options", [FILTERED, UNFILTERED])
async def test_memory_is_limited(options: tuple[str, ...]) -> None:
    assert await said_by("allocates", 100, *options, memory_bytes=200_000_000) == "100000000"
    assert await said_by("allocates", 1000, *options, memory_bytes=200_000_000) == "MemoryError: "


async def test_it_knows_nothing_of_the_service() -> None:
    assert "PATH" in os.environ
    assert await said_by("sees", "PATH") == "nothing"


async def test_it_is_given_the_upload_from_its_start() -> None:
    video = upload()
    with video.file.open() as somebody:
        somebody.read(20)
        with pytest.raises(UndecodableMedia, match=r"0 b'an upload of thirty-'"):
            await decoder_that("reads").sample(video, Deadline.after(30))


@pytest.mark.parametrize(
    ("act", "how"),
    [("crashes", "SIGSEGV"), ("aborts", "SIGABRT"), ("exits", "exit status 7")],
)
async def test_a_crash_is_named(act: str, how: str) -> None:
    expected = f"the video can't be decoded: the decoder crashed on it ({how})"
    assert await error_of(decoder_that(act, 7)) == expected


async def test_processor_time_is_limited() -> None:
    expected = "decoding the video takes more than 1 s of processor time"
    assert await error_of(decoder_that("spins", cpu_s=1, timeout_s=60), time_s=90) == expected


@pytest.mark.parametrize("act", ["sleeps", "falls_silent", "spins"])
async def test_a_process_that_stalls_is_ended(act: str) -> None:
    started = time.monotonic()
    await ended_by_the_clock(decoder_that(act, timeout_s=1.5), 1.5)
    assert time.monotonic() - started < 4


async def test_where_the_request_has_less_time_the_upload_is_not_blamed() -> None:
    with pytest.raises(Unavailable, match=r"not decoded within the request's time"):
        await decoder_that("sleeps").sample(upload(), Deadline.after(0.7))
    with pytest.raises(Unavailable, match="no time is left"):
        await decoder_that("sleeps").sample(upload(), Deadline.after(0))


@pytest.mark.parametrize(
    ("act", "argument", "why"),
    [
        ("answers", "certainly not an answer", "Expecting value"),
        ("answers", '{"duration_s": Infinity}\n', "the decoder's answer is none"),
        ("answers", "", "Expecting value"),
        ("writes", 1000, "the decoder wrote more than 8,"),
    ],
)
async def test_an_answer_that_is_none_is_thrown_away(
    act: str, argument: object, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    expected = "the video can't be decoded: the decoder went wrong on it"
    assert await error_of(decoder_that(act, argument)) == expected
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert why in record.getMessage()


async def test_what_it_babbles_is_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="orchestrator.frames")
    assert await said_by("babbles", 30) == "said"
    [record] = caplog.records
    assert record.getMessage() == "the decoder said: " + "x" * 2000


async def test_a_missing_filter_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    decoder = decoder_that("sees", "PATH", "--unfiltered")
    await error_of(decoder)
    await error_of(decoder)
    [record] = caplog.records
    assert record.getMessage() == "uploads are decoded behind one lock less: left out by a test"


@pytest.mark.parametrize("command", [("/nowhere/python",), (sys.executable, "-c", "raise OSError")])
async def test_a_decoder_that_can_not_start_is_not_the_uploads_fault(
    command: tuple[str, ...],
) -> None:
    decoder = ProcessDecoder(VideoParameters(), max_pictures_pixels=1, command=command)
    with pytest.raises(Unavailable, match=r"the decoder (did not|can't be) start"):
        await decoder.sample(upload(), Deadline.after(30))


async def test_the_process_ends_with_its_caller() -> None:
    asking = asyncio.ensure_future(decoder_that("sleeps").sample(upload(), Deadline.after(30)))
    child = await asyncio.to_thread(_the_child_of, psutil.Process())
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not psutil.pid_exists(child.pid)


@pytest.mark.skipif(not SCHEDSTAT.exists(), reason="this kernel does not tell who waits")
async def test_how_long_a_process_that_is_locked_in_waits_is_known() -> None:
    started = time.monotonic()
    asking = asyncio.ensure_future(decoder_that("spins").sample(upload(), Deadline.after(30)))
    child = await asyncio.to_thread(_the_child_of, psutil.Process())
    waited = waited_s(child.pid)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert waited is not None
    assert 0 <= waited < time.monotonic() - started


async def test_the_loop_goes_on_meanwhile() -> None:
    asking = asyncio.ensure_future(ended_by_the_clock(decoder_that("spins", timeout_s=2), 2))
    ticks = 0
    while not asking.done():
        await asyncio.sleep(0.01)
        ticks += 1
    # Of two hundred, on a machine that does much else; one that waited would have one.
    assert ticks > 20
    await asking


def test_the_process_ends_with_a_service_that_is_killed() -> None:
    service = """
import asyncio, sys
from tests.orchestrator.frames.test_process import decoder_that, upload
from orchestrator.deadline import Deadline
asyncio.run(decoder_that("sleeps", timeout_s=60).sample(upload(), Deadline.after(60)))
"""
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", service], cwd=root) as parent:
        try:
            child = _the_child_of(psutil.Process(parent.pid))
        finally:
            parent.kill()
    _, alive = psutil.wait_procs([child], timeout=5)
    assert alive == []


def _the_child_of(parent: psutil.Process) -> psutil.Process:
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        for child in parent.children():
            # It sleeps without a file to open: so it is locked in.
            if child.rlimit(psutil.RLIMIT_NOFILE) == (0, 0):
                return child
        time.sleep(0.02)
    raise TimeoutError("the service started no child")
