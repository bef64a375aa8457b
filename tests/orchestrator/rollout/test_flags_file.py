import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.errors import StartupError
from orchestrator.rollout.flags import Flags, WrittenFlags
from orchestrator.rollout.flags_file import FlagsFile, changing, read_flags
from tests.support.full_disk import full_disk

CONFIGURED = Flags(True, 50.0, 0.0)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flags.json"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(path: Path, clock: Clock, *, has_legacy: bool = True) -> FlagsFile:
    return FlagsFile(path, CONFIGURED, has_legacy=has_legacy, clock_s=clock)


def write(path: Path, **flags: bool | float) -> None:
    with changing(path) as change:
        change(WrittenFlags(**flags))  # type: ignore[arg-type]


def test_without_a_file_the_settings_alone_are_in_force(path: Path, clock: Clock) -> None:
    file = opened(path, clock)
    assert (file.flags, file.problem) == (CONFIGURED, None)
    assert set(file.sources.values()) == {"settings"}


def test_a_change_is_seen_within_a_second(path: Path, clock: Clock) -> None:
    file = opened(path, clock)
    write(path, use_multimodal_embeddings=False)
    clock.now_s += 0.9
    assert file.flags == CONFIGURED
    clock.now_s += 0.1
    assert file.flags == Flags(False, 50.0, 0.0)
    assert file.sources["use_multimodal_embeddings"] == "file"
    write(path, percent=75)
    clock.now_s += 1
    assert file.flags == Flags(True, 75, 0.0)


def test_a_file_that_is_gone_leaves_its_flags(
    path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    write(path, percent=10)
    file = opened(path, clock)
    assert file.flags.percent == 10
    path.unlink()
    for _ in range(3):
        clock.now_s += 1
        assert file.flags.percent == 10
        assert file.problem == "it is gone; write it anew, or restart to follow the settings"
    assert len(caplog.records) == 1
    assert file.sources["percent"] == "file"
    write(path, percent=20)
    clock.now_s += 1
    assert (file.flags.percent, file.problem) == (20, None)
    path.unlink()
    assert opened(path, clock).flags == CONFIGURED


def test_a_bad_file_keeps_the_last_good_flags_and_is_logged_once(
    path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    write(path, percent=10)
    file = opened(path, clock)
    for text in ("{", "{", '{"percent": 101}'):
        path.write_text(text)
        for _ in range(3):
            clock.now_s += 1
            assert file.flags.percent == 10
    assert str(file.problem) == "percent must be between 0 and 100, not 101"
    errors = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert len(errors) == 2
    assert "stay Flags(use_multimodal_embeddings=True, percent=10" in errors[0].getMessage()
    write(path, percent=20)
    clock.now_s += 1
    assert (file.flags.percent, file.problem) == (20, None)


def test_a_bad_file_that_is_put_back_as_it_was_is_good_again(path: Path, clock: Clock) -> None:
    write(path, percent=10)
    kept = path.with_name("kept")
    file = opened(path, clock)
    path.rename(kept)
    path.write_text("{")
    clock.now_s += 1
    assert str(file.problem).startswith("it is no JSON")
    kept.replace(path)
    clock.now_s += 1
    assert file.flags.percent == 10
    assert file.problem is None


def test_a_folder_or_a_file_that_may_not_be_read_is_a_bad_file(path: Path, clock: Clock) -> None:
    file = opened(path, clock)
    path.mkdir()
    clock.now_s += 1
    assert file.flags == CONFIGURED
    assert file.problem == "it can't be read: Is a directory"


def make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_large(path: Path) -> None:
    path.write_text('{"percent": 10}' + " " * 64 * 1024)


def make_binary(path: Path) -> None:
    path.write_bytes(b"\xff")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (os.mkfifo, "it is no regular file"),
        (make_device, "it is no regular file"),
        (make_large, "it has more than 64 kB"),
        (make_binary, "'utf-8' codec can't decode byte 0xff"),
    ],
)
def test_what_is_no_small_file_is_a_bad_file(
    path: Path, clock: Clock, make: Callable[[Path], None], problem: str
) -> None:
    file = opened(path, clock)
    make(path)
    for _ in range(2):
        clock.now_s += 1
        assert file.flags == CONFIGURED
        assert str(file.problem).startswith(problem)
    path.unlink()
    clock.now_s += 1
    assert file.problem is None


@pytest.mark.parametrize("text", ['{"percent": 10}', '{"use_multimodal_embeddings": false}'])
def test_flags_that_need_a_legacy_ranker_need_one(path: Path, clock: Clock, text: str) -> None:
    configured = Flags()
    file = FlagsFile(path, configured, has_legacy=False, clock_s=clock)
    path.write_text(text)
    clock.now_s += 1
    assert file.flags == configured
    assert file.problem is not None
    assert "need the legacy ranker, which is off: set FEEDLENS_LEGACY__READ" in file.problem


@pytest.mark.parametrize("flags", [Flags(False), Flags(percent=50), Flags(shadow_percent=1)])
def test_settings_that_need_a_legacy_ranker_stop_the_start(
    path: Path, clock: Clock, flags: Flags
) -> None:
    with pytest.raises(StartupError, match="need the legacy ranker, which is off"):
        FlagsFile(path, flags, has_legacy=False, clock_s=clock)


def test_a_bad_file_stops_the_start(path: Path, clock: Clock) -> None:
    path.write_text('{"percent": "all"}')
    with pytest.raises(StartupError, match=r"flags\.json: percent must be a number, not 'all'"):
        opened(path, clock)


def test_writers_at_once_lose_nothing(path: Path) -> None:
    changes = [
        WrittenFlags(use_multimodal_embeddings=False),
        WrittenFlags(percent=10.0),
        WrittenFlags(shadow_percent=5.0),
    ]

    def change(one: WrittenFlags) -> None:
        for _ in range(20):
            with changing(path) as write:
                write(read_flags(path).changed(one))

    threads = [threading.Thread(target=change, args=(one,)) for one in changes]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        # A reader meets a whole file at any moment.
        read_flags(path)
    assert read_flags(path) == WrittenFlags(False, 10.0, 5.0)
    assert {each.name for each in path.parent.iterdir()} == {"flags.json", "flags.json.lock"}


def test_a_file_is_left_as_it_was_where_there_is_no_room(path: Path) -> None:
    write(path, percent=10)
    with full_disk(), pytest.raises(OSError, match="File too large"):
        write(path, percent=20)
    assert read_flags(path) == WrittenFlags(percent=10)
