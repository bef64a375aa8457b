"""The command, with the real perf_analyzer on the real server."""

import json
from pathlib import Path

import pytest

from benchmarks.models.__main__ import main
from tests.support.triton import ServedTriton

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    """perf_analyzer is fetched into the cache of the working tree, once for all runs."""
    monkeypatch.chdir(ROOT)


def test_a_model_is_measured_over_both_protocols_beside_bare_onnx_runtime(
    triton: ServedTriton, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([
        "--models", "clip_text", "--concurrency", "1,2", "--measurement-s", "0.6",
        "--repository", str(triton.repository), "--output", str(tmp_path),
        "--server", f"{triton.http_url},{triton.grpc_url}",
    ])  # fmt: skip
    printed = capsys.readouterr().out
    assert status == 0, printed
    rows = json.loads((tmp_path / "models.json").read_text())["rows"]
    points = [row["point"] for row in rows]
    assert points == [
        {"model": "clip_text", "protocol": protocol, "concurrency": concurrency}
        for concurrency in (1, 2)
        for protocol in ("grpc", "http")
    ]
    for row in rows:
        measured, bare = row["measurement"], row["bare"]
        assert measured["request_count"] >= 3
        assert 0 < measured["p50_ms"] <= measured["p95_ms"] <= measured["p99_ms"]
        assert measured["compute_ms"] > 0
        assert measured["queue_ms"] >= 0
        assert row["ratio"] == measured["throughput"] / bare["throughput"]
    assert printed.count("| clip_text ") == 4


def test_an_ensemble_is_held_against_its_parts(
    triton: ServedTriton, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([
        "--models", "clip_text_embedding", "--protocols", "http", "--concurrency", "1",
        "--measurement-s", "0.3", "--repository", str(triton.repository),
        "--output", str(tmp_path), "--server", f"{triton.http_url},{triton.grpc_url}",
    ])  # fmt: skip
    document = json.loads((tmp_path / "models.json").read_text())
    (target,) = document["targets"]
    assert target["name"] == "clip_text_embedding beyond its parts, p50 at concurrency 1"
    assert target["verdict"] in {"reached", "not reached"}
    assert target["measured"].count(",") == 4, "five rounds"
    assert document["rows"][0]["bare"] is None


def test_a_server_of_its_own_that_restricts_administration_is_measured(
    exported_repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FEEDLENS_TRITON_ADMIN_KEY", "nobody-knows-it")
    status = main([
        "--models", "model_card", "--concurrency", "2", "--measurement-s", "0.3",
        "--repository", str(exported_repository), "--output", str(tmp_path),
    ])  # fmt: skip
    printed = capsys.readouterr().out
    assert status == 0, printed
    grpc, http = json.loads((tmp_path / "models.json").read_text())["rows"]
    assert grpc["measurement"]["throughput"] > 0
    assert http["measurement"]["throughput"] > 0


def test_an_unknown_model_is_named(
    triton: ServedTriton, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--models", "clip", "--repository", str(triton.repository)]) == 1
    assert "bench-models: no model 'clip', there are: clip_image, " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--protocols", "rest"], "choose from grpc,http, not 'rest'"),
        (["--concurrency", "0"], "concurrencies are numbers from 1"),
        (["--server", "localhost"], "HOST:HTTP_PORT,HOST:GRPC_PORT"),
    ],
)
def test_a_bad_option_is_told(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert reason in capsys.readouterr().err
