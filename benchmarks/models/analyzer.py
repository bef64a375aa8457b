"""One point of the table: a model, a protocol, a concurrency, measured by `perf_analyzer`."""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.models.binary import Binary
from benchmarks.models.errors import NoMeasurementError
from benchmarks.models.report import Measurement, last_line, parse_report

PROTOCOLS = ("grpc", "http")

_WINDOWS = 3
# A slow model may finish nothing in a short window; the second try has longer ones.
_LONGER = 4
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Point:
    """What is measured."""

    model: str
    protocol: str
    concurrency: int


@dataclass(frozen=True)
class Analyzer:
    """`perf_analyzer` against one server.

    Attributes:
        urls: host:port by protocol.
        measurement_s: how long each point is measured, the warm-up not counted.
    """

    binary: Binary
    urls: dict[str, str]
    measurement_s: float

    def measure(self, point: Point, inputs: Path) -> Measurement:
        """Measures a point with the requests of an input data file.

        Raises:
            NoMeasurementError: the server refused, or finished no request in time.
        """
        try:
            return self._measure(point, inputs, self.measurement_s)
        except NoMeasurementError:
            return self._measure(point, inputs, self.measurement_s * _LONGER)

    def _measure(self, point: Point, inputs: Path, measurement_s: float) -> Measurement:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.csv"
            try:
                done = self.binary.run(
                    *self._options(point, inputs, report, measurement_s),
                    timeout_s=measurement_s + _PATIENCE_S,
                )
            except subprocess.TimeoutExpired as error:
                raise NoMeasurementError(f"perf_analyzer hung over {point}") from error
            if done.returncode != 0 or not report.is_file():
                raise NoMeasurementError(last_line(done.stdout))
            return parse_report(report, done.stdout)

    def _options(self, point: Point, inputs: Path, report: Path, measurement_s: float) -> list[str]:
        return [
            *("-m", point.model, "-i", point.protocol, "-u", self.urls[point.protocol]),
            *("--input-data", str(inputs), "--concurrency-range", str(point.concurrency)),
            *("--measurement-interval", str(round(measurement_s * 1000 / _WINDOWS))),
            # Three windows and no more, however much they differ: a run has a known length.
            *("--max-trials", str(_WINDOWS), "--stability-percentage", "1000000"),
            *("-f", str(report), "--verbose-csv"),
        ]
