import io
from dataclasses import dataclass

from orchestrator.runs.outcome import Kind, Outcome
from orchestrator.runs.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass
class Seconds:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def tell(progress: Progress, kind: Kind, count: int = 1) -> None:
    for number in range(count):
        progress.tell(Outcome(kind, str(number), None))


def test_without_a_terminal_a_line_comes_now_and_then() -> None:
    stream, clock = io.StringIO(), Seconds()
    progress = Progress(1000, stream, title="migrating", interval_s=10, clock=clock)
    clock.now = 9.9
    tell(progress, "done", 99)
    assert stream.getvalue() == ""
    clock.now = 10.0
    tell(progress, "done")
    tell(progress, "done", 50)
    progress.close()
    assert stream.getvalue() == "migrating: 100 of 1000, 10.00 posts/s, 01:30 left\n"


def test_failures_are_counted_in_and_named() -> None:
    clock = Seconds()
    progress = Progress(10, io.StringIO(), title="migrating", clock=clock)
    clock.now = 0.25
    tell(progress, "done", 3)
    tell(progress, "failed", 1)
    assert progress.line() == "migrating: 4 of 10, 16.00 posts/s, 00:00 left, 1 failed"


def test_what_was_there_before_says_nothing_of_the_rate() -> None:
    clock = Seconds()
    progress = Progress(1000, io.StringIO(), title="migrating", clock=clock)
    tell(progress, "known", 900)
    clock.now = 5.0
    tell(progress, "done", 50)
    assert progress.line() == "migrating: 50 of 100, 10.00 posts/s, 00:05 left"


def test_a_terminal_has_a_bar() -> None:
    stream = Terminal()
    progress = Progress(4, stream, title="migrating")
    tell(progress, "done", 3)
    tell(progress, "failed")
    progress.close()
    assert "migrating: 100%|" in stream.getvalue()
    assert "4/4" in stream.getvalue()
