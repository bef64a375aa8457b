"""Reports are read as perf_analyzer 2.47 wrote them: `captured/` holds two real runs."""

from pathlib import Path

import pytest

from benchmarks.models.errors import NoMeasurementError
from benchmarks.models.report import Measurement, last_line, parse_report

CAPTURED = Path(__file__).parent / "captured"


def test_a_models_run_is_read() -> None:
    text = (CAPTURED / "model.txt").read_text()
    measured = parse_report(CAPTURED / "model.csv", text)
    assert measured == Measurement(
        throughput=92.5332,
        p50_ms=7.92,
        p95_ms=15.185,
        p99_ms=18.765,
        queue_ms=0.26,
        compute_ms=measured.compute_ms,
        request_count=235,
    )
    assert measured.compute_ms == pytest.approx(0.040 + 5.870 + 0.238)


def test_an_ensembles_server_times_are_its_parts_together() -> None:
    text = (CAPTURED / "ensemble.txt").read_text()
    measured = parse_report(CAPTURED / "ensemble.csv", text)
    # Its CSV file says 3 microseconds of queue, which is the tokenizer's and encoder's 955.
    assert (measured.queue_ms, measured.compute_ms) == (0.955, 10.539)
    assert measured.request_count == 186


def test_a_run_without_a_row_measured_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "report.csv"
    empty.write_text((CAPTURED / "model.csv").read_text().splitlines()[0])
    with pytest.raises(NoMeasurementError, match="no request finished"):
        parse_report(empty, "Request concurrency: 1\nno request finished\n\n")


def test_the_last_line_is_the_last_that_says_something() -> None:
    assert last_line("a\n b \n\n  \n") == "b"
    assert last_line("\n") == "no output"
