import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.errors import StartupError
from orchestrator.runs.outcome import Kind, Outcome
from orchestrator.runs.report import Report, failing_points


def failed(point_id: str, reason: str = "not-found", detail: str = "no such file") -> Outcome:
    return Outcome("failed", point_id, f"m{point_id}", reason, detail)


def lines(path: Path) -> list[tuple[str, str]]:
    """Point and reason of each line."""
    found = map(json.loads, path.read_text().splitlines())
    return [(line["point_id"], line["reason"]) for line in found]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "migration.jsonl"


def test_a_failure_is_a_line_as_soon_as_it_is_told(path: Path) -> None:
    report = Report(path)
    report.tell(Outcome("failed", "7", None, "broken-point", "its payload has no media id: “é”"))
    (line,) = map(json.loads, path.read_text().splitlines())
    at = line.pop("at")
    assert at.endswith("+00:00")
    assert line == {
        "point_id": "7",
        "media_id": None,
        "reason": "broken-point",
        "detail": "its payload has no media id: “é”",
    }
    report.close()


def test_half_a_surrogate_pair_can_be_told(path: Path) -> None:
    report = Report(path)
    report.tell(failed("\udc80"))
    report.close()
    assert failing_points(path) == {"\udc80"}


def test_what_did_not_fail_is_no_line(path: Path) -> None:
    report = Report(path)
    kinds: tuple[Kind, ...] = ("done", "known", "gone")
    for kind in kinds:
        report.tell(Outcome(kind, "1", "m1"))
    report.close()
    assert path.read_bytes() == b""


def test_half_a_line_of_a_run_that_was_killed_is_dropped(path: Path) -> None:
    report = Report(path)
    report.tell(failed("1"))
    report.tell(failed("2"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert failing_points(path) == {"1"}
    after = Report(path)
    after.tell(failed("3"))
    assert lines(path) == [("1", "not-found"), ("3", "not-found")]
    after.close()
    report.close()


def test_at_the_end_it_says_what_fails_still(path: Path) -> None:
    first = Report(path)
    for point in ("1", "2", "3", "4"):
        first.tell(failed(point))
    first.close()
    second = Report(path)
    second.tell(Outcome("done", "1", "m1"))
    second.tell(failed("2", "timeout"))
    second.tell(Outcome("known", "3", "m3"))
    assert lines(path)[:4] == [(point, "not-found") for point in ("1", "2", "3", "4")]
    second.close()
    assert lines(path) == [("4", "not-found"), ("2", "timeout")]


@pytest.mark.parametrize(
    "content",
    [
        b"precious, and without a newline",
        b'{"point_id": "1"}\n',
        b"\0" * 100,
        b"\n",
        b'{"at": "x"}\n',
        b'{"at": "x", "detail": ' + b"[" * 100_000 + b"\n",
    ],
)
def test_a_file_that_is_no_report_stays_as_it_is(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    for read in (Report, failing_points):
        with pytest.raises(StartupError, match=r"is no migration's report|is no line of"):
            read(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("kept", [0, 3, 40])
def test_of_a_first_line_that_was_cut_off_nothing_is_left(path: Path, kept: int) -> None:
    report = Report(path)
    report.tell(failed("1"))
    report.close()
    path.write_bytes(path.read_bytes()[:kept])
    Report(path).close()
    assert path.read_bytes() == b""


def test_a_report_that_is_not_there_can_not_be_retried(path: Path) -> None:
    with pytest.raises(StartupError, match="can't be read: No such file"):
        failing_points(path)


def test_a_place_that_can_not_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartupError, match="can't be written"):
        Report(tmp_path / "file" / "migration.jsonl")


def test_a_full_disk_is_said_and_leaves_whole_lines(path: Path) -> None:
    """The process may write files of 400 bytes at most: the third line has no room."""
    process = subprocess.run(
        [sys.executable, "-c", _FULL, str(path)], capture_output=True, text=True, check=False
    )
    assert process.stdout.startswith(f"2 told; the report {path} can't be written: ")
    assert lines(path) == [("0", "not-found"), ("1", "not-found")]


_FULL = """
import resource, sys
from pathlib import Path
from orchestrator.runs.errors import ReportFailed
from orchestrator.runs.outcome import Outcome
from orchestrator.runs.report import Report

report = Report(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))
told = 0
try:
    while True:
        report.tell(Outcome("failed", str(told), "m", "not-found", "no such file, " * 4))
        told += 1
except ReportFailed as exc:
    print(f"{told} told; {exc}")
"""


@pytest.mark.parametrize("name", ["/dev/full", "/dev/zero", "pipe"])
def test_what_is_no_regular_file_is_refused_unread(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    for take in (failing_points, Report):
        with pytest.raises(StartupError, match="is no regular file"):
            take(tmp_path / name)
