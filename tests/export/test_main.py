"""The command as a user meets it: exit codes, one line on stderr, what is left on the disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from export.__main__ import main
from tests.export.conftest import ROOT, Export
from tests.export.surroundings import closed_port, largest_file

MODELS = ("clip_image", "clip_text", "text_encoder", "vit_legacy")


def files_under(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_every_artifact_of_the_contract_is_written_and_nothing_else(repository: Path) -> None:
    expected = {
        f"{model}/1/{name}" for model in MODELS for name in ("model.onnx", "fingerprint.json")
    }
    expected |= {f"{name}_preprocess/1/preprocess.json" for name in ("clip", "vit")}
    expected |= {f"{name}_tokenizer/1/tokenizer.json" for name in ("clip", "text")}
    written = {str(path.relative_to(repository)) for path in files_under(repository)}
    assert written == expected


def test_named_source_counts_as_pretrained_beside_tiny(repository: Path) -> None:
    kinds = {
        model: json.loads((repository / model / "1/fingerprint.json").read_bytes())["weights"]
        for model in MODELS
    }
    assert kinds == {
        "clip_image": "tiny",
        "clip_text": "tiny",
        "text_encoder": "pretrained",
        "vit_legacy": "tiny",
    }


def test_same_seed_gives_the_same_bytes_in_another_process(
    repository: Path, tmp_path: Path
) -> None:
    tiny = ["--weights", "tiny", "--models", "clip,vit", "--precision", "fp32"]
    assert main([*tiny, "--repository", str(tmp_path)]) == 0
    for path in files_under(tmp_path):
        assert path.read_bytes() == (repository / path.relative_to(tmp_path)).read_bytes(), path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--weights", "huge"], "huge"),
        (["--models", "clip,dino"], "no models 'dino', choose from clip,text,vit"),
        (["--seed", "-1"], "-1"),
        (["--wrong"], "--wrong"),
    ],
)
def test_bad_usage_exits_2_with_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error
    assert "--help" in error


def test_missing_folder_exits_4_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["--clip", str(tmp_path / "nowhere"), "--repository", str(tmp_path / "out")])
    error = capsys.readouterr().err
    assert code == 4
    assert error.count("\n") == 1
    assert str(tmp_path / "nowhere") in error
    assert not (tmp_path / "out").exists()


def test_a_local_vit_is_exported_alone(vit_folder: Path, tmp_path: Path) -> None:
    assert main(["--models", "vit", "--vit", str(vit_folder), "--repository", str(tmp_path)]) == 0
    written = {str(path.relative_to(tmp_path)) for path in files_under(tmp_path)}
    assert written == {
        "vit_legacy/1/model.onnx",
        "vit_legacy/1/fingerprint.json",
        "vit_preprocess/1/preprocess.json",
    }
    card = json.loads((tmp_path / "vit_legacy/1/fingerprint.json").read_bytes())
    assert (card["source"], card["weights"]) == ("tiny-vit", "pretrained")
    assert (card["dimension"], card["max_tokens"]) == (768, None)


def test_a_folder_that_is_no_vit_exits_4_with_one_line(
    clip_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(
        ["--models", "vit", "--vit", str(clip_folder), "--repository", str(tmp_path / "out")]
    )
    error = capsys.readouterr().err
    assert code == 4
    assert error.count("\n") == 1
    assert "can't use tiny-clip as vit weights: tensors are missing" in error
    assert "--vit FOLDER" in error
    assert not (tmp_path / "out").exists()


def test_truncated_weights_exit_4_and_leave_what_was_there(
    repository: Path, clip_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Path(shutil.copytree(clip_folder, tmp_path / "broken"))
    weights = broken / "model.safetensors"
    os.truncate(weights, weights.stat().st_size // 2)
    kept = Path(shutil.copytree(repository, tmp_path / "repository"))
    before = {path: path.stat().st_mtime_ns for path in files_under(kept)}
    code = main(["--models", "clip", "--clip", str(broken), "--repository", str(kept)])
    error = capsys.readouterr().err
    assert code == 4
    assert error.count("\n") == 1
    assert "--clip FOLDER" in error
    assert {path: path.stat().st_mtime_ns for path in files_under(kept)} == before


def test_closed_hub_exits_4_with_one_line(export: Export, tmp_path: Path) -> None:
    started_s = time.monotonic()
    result = export(
        "--repository",
        tmp_path / "out",
        HF_ENDPOINT=f"http://127.0.0.1:{closed_port()}",
        HF_HOME=str(tmp_path / "cache"),
    )
    elapsed_s = time.monotonic() - started_s
    assert result.returncode == 4
    assert result.stderr.count("\n") == 1
    assert "openai/clip-vit-base-patch32" in result.stderr
    assert "--clip FOLDER" in result.stderr
    assert "--weights untrained" in result.stderr
    # Most of it is the import of torch; the library's own retries would add 23 s.
    assert elapsed_s < 25
    assert not (tmp_path / "out").exists()


def test_full_disk_exits_5_and_leaves_no_half_file(
    clip_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    with largest_file(bytes_=100_000):
        code = main(["--models", "clip", "--clip", str(clip_folder), "--repository", str(out)])
    error = capsys.readouterr().err
    assert code == 5
    assert error.count("\n") == 1
    assert "clip_tokenizer/1/tokenizer.json" in error
    assert not out.exists()


def test_folder_that_can_t_be_made_exits_5(
    clip_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Not even root may make a folder there.
    out = "/proc/feedlens"
    code = main(["--models", "clip", "--clip", str(clip_folder), "--repository", out])
    error = capsys.readouterr().err
    assert code == 5
    assert error.count("\n") == 1
    assert out in error
    assert "--repository" in error


def test_repository_that_is_a_file_exits_5(
    clip_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine", encoding="utf-8")
    code = main(["--models", "clip", "--clip", str(clip_folder), "--repository", str(taken)])
    error = capsys.readouterr().err
    assert code == 5
    assert error.count("\n") == 1
    assert str(taken) in error
    assert taken.read_text(encoding="utf-8") == "mine"


def test_sigterm_leaves_nothing_behind(tmp_path: Path) -> None:
    scratch, out = tmp_path / "scratch", tmp_path / "out"
    scratch.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "export", "--weights", "tiny", "--repository", out],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("clip: loading"):
                break
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert error == "export: interrupted; the repository is unchanged\n"
    assert list(scratch.iterdir()) == []
    assert not out.exists()
