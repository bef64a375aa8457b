"""What `perf_analyzer` reports of one run: its CSV file for the client, its text for the server."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from benchmarks.models.errors import NoMeasurementError

_COUNT = re.compile(r"^\s*Request count: (\d+)", re.M)
# The CSV file of an ensemble leaves out what its parts waited; the text adds it up.
_SERVER = re.compile(r"Avg request latency: \d+ usec \(overhead \d+ usec \+ queue (\d+) usec(.*)\)")
_COMPUTE = re.compile(r"compute(?: input| infer| output)? (\d+) usec")


@dataclass(frozen=True)
class Measurement:
    """A closed loop of requests, one inference each.

    Attributes:
        throughput: inferences a second.
        p50_ms, p95_ms, p99_ms: of the time that a client waited.
        queue_ms, compute_ms: a request's mean on the server; of an ensemble, its parts' sum.
        request_count: how many requests the percentiles are of.
    """

    throughput: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    queue_ms: float
    compute_ms: float
    request_count: int


def parse_report(csv_file: Path, text: str) -> Measurement:
    """Reads one run at one concurrency.

    Raises:
        NoMeasurementError: there is no row, or no statistics of the server.
    """
    rows = list(csv.DictReader(csv_file.read_text().splitlines()))
    count, server = _COUNT.search(text), _SERVER.search(text)
    if len(rows) != 1 or count is None or server is None:
        raise NoMeasurementError(f"perf_analyzer reported nothing: {last_line(text)}")
    row = rows[0]
    return Measurement(
        throughput=float(row["Inferences/Second"]),
        p50_ms=_milliseconds(row["p50 latency"]),
        p95_ms=_milliseconds(row["p95 latency"]),
        p99_ms=_milliseconds(row["p99 latency"]),
        queue_ms=_milliseconds(server[1]),
        compute_ms=sum(_milliseconds(part) for part in _COMPUTE.findall(server[2])),
        request_count=int(count[1]),
    )


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def _milliseconds(microseconds: str) -> float:
    return float(microseconds) / 1000
