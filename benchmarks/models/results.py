"""What was measured, as a table: Markdown for people, CSV and JSON for programs."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.models.analyzer import Point
from benchmarks.models.bare import BareRun
from benchmarks.models.report import Measurement
from benchmarks.models.targets import Target

COLUMNS = (
    ("model", 20), ("protocol", 8), ("c", 2), ("infer/s", 8), ("p50 ms", 8), ("p95 ms", 8),
    ("p99 ms", 8), ("queue ms", 8), ("compute ms", 10), ("requests", 8), ("bare infer/s", 12),
    ("bare p50 ms", 11), ("÷ bare", 6),
)  # fmt: skip
NOTES = """\
c requests are always under way, each of one element; the percentiles are what a client waits, and
of few requests they are near the slowest. Queue and compute are the server's means of a request;
an ensemble's are its parts' sum. Bare is the same graph on the same requests in this process, on
the CPU, in the fastest layout of sessions × threads = cores, one request a session at a time."""


@dataclass(frozen=True)
class Row:
    """A point of the table.

    Attributes:
        measurement: None where nothing was measured; `failure` then says why.
        bare: the same graph without Triton, where the model is one.
    """

    point: Point
    measurement: Measurement | None
    bare: BareRun | None = None
    failure: str | None = None

    @property
    def ratio(self) -> float | None:
        """Throughput through Triton ÷ bare."""
        if self.measurement is None or self.bare is None:
            return None
        return self.measurement.throughput / self.bare.throughput


def header() -> str:
    """The first two lines of the Markdown table."""
    names = " | ".join(name.ljust(width) for name, width in COLUMNS)
    rules = "|".join("-" * (width + 2) for _, width in COLUMNS)
    return f"| {names} |\n|{rules}|"


def line(row: Row) -> str:
    """A row of the Markdown table."""
    cells = zip(_cells(row), COLUMNS, strict=True)
    return "| " + " | ".join(text.ljust(width) for text, (_, width) in cells) + " |"


def target_line(target: Target) -> str:
    """A target as a Markdown list item."""
    return f"- {target.name}: {target.measured} (target {target.bound}): **{target.verdict}**"


def write_results(
    folder: Path, machine: str, rows: Sequence[Row], targets: Sequence[Target]
) -> None:
    """Writes models.md, models.csv and models.json."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [machine, "", NOTES, "", header(), *map(line, rows), "", *map(target_line, targets), ""]
    (folder / "models.md").write_text("\n".join(lines))
    (folder / "models.csv").write_text(_csv(rows))
    document = {
        "machine": machine,
        "rows": [{**asdict(row), "ratio": row.ratio} for row in rows],
        "targets": [{**asdict(target), "verdict": target.verdict} for target in targets],
    }
    (folder / "models.json").write_text(json.dumps(document, indent=1))


def _csv(rows: Sequence[Row]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([name for name, _ in COLUMNS])
    writer.writerows(_cells(row) for row in rows)
    return file.getvalue()


def _cells(row: Row) -> list[str]:
    point, measured, bare = row.point, row.measurement, row.bare
    cells = [point.model, point.protocol, str(point.concurrency)]
    if measured is None:
        # Why stands where the first number would.
        cells += [row.failure or "–", *["–"] * 6]
    else:
        numbers = (measured.throughput, measured.p50_ms, measured.p95_ms, measured.p99_ms)
        cells += [_number(value) for value in (*numbers, measured.queue_ms, measured.compute_ms)]
        cells.append(str(measured.request_count))
    if bare is None:
        return [*cells, "–", "–", "–"]
    ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
    return [*cells, _number(bare.throughput), _number(bare.p50_ms), ratio]


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
