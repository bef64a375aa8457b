"""Standalone plans, as far as they go without TensorRT: a stand-in takes trtexec's place."""

from pathlib import Path

import pytest

from serving.errors import RepositoryError
from serving.model_config import read_config
from serving.plans import main, write_repository
from serving.repository import read_repository
from tests.support.hollow import write_hollow_repository

GRAPHS = ("clip_image", "clip_text", "text_encoder", "vit_legacy")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_hollow_repository(tmp_path / "source")


@pytest.fixture
def trtexec(tmp_path: Path) -> Path:
    """Writes its options to the plan that it is to save; fails for a graph named in FAIL."""
    program = tmp_path / "trtexec"
    program.write_text(
        "#!/bin/sh\n"
        'for option in "$@"; do\n'
        '  case "$option" in --saveEngine=*) plan="${option#*=}";; esac\n'
        "done\n"
        'case "$plan" in */"${FAIL:-none}"/*) exit 3;; esac\n'
        'printf "%s\\n" "$@" > "$plan"\n'
    )
    program.chmod(0o755)
    return program


def run(source: Path, target: Path, *options: str) -> int:
    return main([f"--model-repository={source}", f"--output={target}", *options])


def test_the_lines_carry_the_profiles_of_the_exported_models(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "plans"
    builds = {build.model: build for build in write_repository(source, target)}
    assert tuple(builds) == GRAPHS
    assert builds["text_encoder"].command("trtexec") == [
        "trtexec",
        f"--onnx={source}/text_encoder/1/model.onnx",
        f"--saveEngine={target}/text_encoder/1/model.plan",
        "--stronglyTyped",
        "--minShapes=input_ids:1x1,attention_mask:1x1",
        "--optShapes=input_ids:8x16,attention_mask:8x16",
        "--maxShapes=input_ids:64x256,attention_mask:64x256",
        "--memPoolSize=workspace:2048",
        "--skipInference",
    ]
    assert "--maxShapes=image:32x224x224x3" in builds["vit_legacy"].command("trtexec")


def test_the_repository_of_plans_serves_the_same_tensors(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "plans"
    write_repository(source, target)
    served = read_repository(target)
    assert [model.name for model in served] == [model.name for model in read_repository(source)]
    for model in served:
        config = read_config(target / model.name / "config.pbtxt")
        variant = read_config(source / model.name / "configs" / "tensorrt.pbtxt")
        assert config.input == variant.input
        assert config.dynamic_batching == variant.dynamic_batching
        assert config.model_warmup == variant.model_warmup
        assert config.max_batch_size == variant.max_batch_size
        assert (config.platform == "tensorrt_plan") == (model.name in GRAPHS)
        if model.name in GRAPHS:
            assert not config.backend
            assert not config.HasField("optimization")
            assert (target / model.name / "1/fingerprint.json").is_file()
            assert not (target / model.name / "1/model.onnx").exists()
    assert (target / "clip_preprocess/warmup/image").is_file()
    assert (target / "ocr/1/model.py").is_file()


def test_a_free_width_becomes_the_exported_models(source: Path, tmp_path: Path) -> None:
    write_repository(source, tmp_path / "plans")
    config = read_config(tmp_path / "plans/text_encoder/config.pbtxt")
    assert list(config.output[0].dims) == [384]
    assert list(read_config(tmp_path / "plans/text_tokenizer/config.pbtxt").output[0].dims) == [-1]


def test_the_lines_are_printed_and_run(
    source: Path, trtexec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "plans"
    assert run(source, target, f"--trtexec={trtexec}", "--run") == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [str(trtexec)] * len(GRAPHS)
    assert last == f"# then: python -m serving --model-repository {target}"
    for model, line in zip(GRAPHS, lines, strict=True):
        assert (target / model / "1/model.plan").read_text().split() == line.split()[1:]


def test_without_run_nothing_is_built(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(source, tmp_path / "plans", "--trtexec=/nowhere/trtexec") == 0
    assert list(tmp_path.glob("plans/*/*/*.plan")) == []
    assert len(capsys.readouterr().out.splitlines()) == len(GRAPHS) + 1


def test_what_fails_is_one_line(
    source: Path,
    trtexec: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run(source, tmp_path / "a", "--trtexec=/nowhere/trtexec", "--run") == 1
    assert capsys.readouterr().err == (
        "plans: /nowhere/trtexec can't be run (No such file or directory); it comes with TensorRT,"
        " name it with --trtexec\n"
    )
    monkeypatch.setenv("FAIL", "clip_text")
    assert run(source, tmp_path / "b", f"--trtexec={trtexec}", "--run") == 1
    assert capsys.readouterr().err == f"plans: {trtexec} ended with status 3 for clip_text\n"


def test_a_folder_that_holds_something_is_left_alone(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "plans"
    target.mkdir()
    (target / "notes").touch()
    with pytest.raises(RepositoryError, match="plans is not empty; name another"):
        write_repository(source, target)
