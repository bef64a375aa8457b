"""Triton's log: what of it is handed on."""

from pathlib import Path

from serving.logs import LogTail, notable

WARNING = 'W1123 00:50:10.411975 8897 model.cc:798] "the queue is full"'
ERROR = "E1123 00:50:10.411975 8897 model.cc:798] broken"
INFORMATION = 'I1123 00:50:10.411975 8897 server.cc:345] "loading"'
NO_GPU = 'E1123 00:50:15.526662 8897 ensemble.cc:1468] "unable to create stream: CUDA driver"'


def test_warnings_and_errors_are_notable() -> None:
    assert notable(WARNING) == "the queue is full"
    assert notable(ERROR) == "broken"


def test_other_lines_are_not() -> None:
    assert [notable(line) for line in (INFORMATION, NO_GPU, "a traceback", "")] == [None] * 4


def test_a_tail_is_silent_until_it_is_unmuted(tmp_path: Path) -> None:
    lines: list[str] = []
    log = tmp_path / "triton.log"
    log.write_text("")
    tail = LogTail(log, lines.append, everything=False)
    tail.unmute()
    log.write_text(f"{INFORMATION}\n{WARNING}\n")
    tail.stop()
    assert lines == ["the queue is full"]
    muted = LogTail(log, lines.append, everything=False)
    muted.stop()
    assert lines == ["the queue is full"]


def test_everything_is_handed_on_when_asked(tmp_path: Path) -> None:
    lines: list[str] = []
    (tmp_path / "triton.log").write_text(f"{INFORMATION}\n{NO_GPU}\n")
    LogTail(tmp_path / "triton.log", lines.append, everything=True).stop()
    assert lines == [INFORMATION, NO_GPU]
