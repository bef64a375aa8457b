"""The table and the targets of measurements that are given."""

import csv
import json
from pathlib import Path

import pytest

from benchmarks.models.analyzer import Point
from benchmarks.models.bare import BareRun
from benchmarks.models.report import Measurement
from benchmarks.models.results import COLUMNS, Row, header, line, target_line, write_results
from benchmarks.models.targets import Target, ocr_target, overhead_target, ratio_target

MEASURED = Measurement(45.0, 21.5, 30.0, 1234.5, 0.25, 20.0, 180)
ROW = Row(Point("clip_image", "grpc", 4), MEASURED, BareRun("2x1", 50.0, 39.9))
FAILED = Row(Point("ocr", "http", 8), None, failure="the model refused")


def cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.strip("|").split("|")]


def test_a_row_shows_both_sides_and_their_ratio() -> None:
    assert cells(line(ROW)) == [
        "clip_image", "grpc", "4", "45.0", "21.5", "30.0", "1234", "0.25", "20.0", "180",
        "50.0", "39.9", "0.90",
    ]  # fmt: skip
    assert ROW.ratio == pytest.approx(0.9)


def test_a_point_without_a_measurement_says_why() -> None:
    shown = cells(line(FAILED))
    assert shown[:4] == ["ocr", "http", "8", "the model refused"]
    assert len(shown) == len(COLUMNS) == len(cells(header().splitlines()[0]))


@pytest.mark.parametrize(
    ("target", "verdict", "measured"),
    [
        (ratio_target("clip_image", [0.8, 0.9, 1.2]), "reached", "0.90"),
        (ratio_target("clip_image", [0.8, 0.89, 1.2]), "not reached", "0.89"),
        (overhead_target("text_embedding", [3.0, 2.0, 9.0]), "reached", "3.00 ms"),
        (overhead_target("text_embedding", [3.1]), "not reached", "3.10 ms"),
        (ocr_target([301.0, 299.0, 300.0]), "reached", "300 ms"),
        (ocr_target([]), "not measured", "–"),
    ],
)
def test_a_target_is_judged_by_the_median_of_its_rounds(
    target: Target, verdict: str, measured: str
) -> None:
    assert target.verdict == verdict
    assert target.measured.startswith(measured)
    assert target_line(target).endswith(f"(target {target.bound}): **{verdict}**")


def test_the_three_files_say_the_same(tmp_path: Path) -> None:
    write_results(tmp_path / "out", "a machine", [ROW, FAILED], [ocr_target([250.0])])
    page = (tmp_path / "out/models.md").read_text()
    assert page.startswith("a machine\n\n")
    assert "ocr on 800 × 600 memes, p50 at concurrency 1: 250 ms" in page
    first, second = csv.DictReader((tmp_path / "out/models.csv").read_text().splitlines())
    assert (first["model"], first["p99 ms"], second["model"]) == ("clip_image", "1234", "ocr")
    document = json.loads((tmp_path / "out/models.json").read_text())
    assert document["rows"][0]["measurement"]["p99_ms"] == 1234.5
    assert document["rows"][0]["ratio"] == pytest.approx(0.9)
    assert document["rows"][1]["failure"] == "the model refused"
    assert document["targets"][0]["verdict"] == "reached"
