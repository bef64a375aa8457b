"""A repository on disk: its models, and what it lacks."""

from pathlib import Path

import pytest

from serving.errors import RepositoryError
from serving.repository import check_variant, read_repository


def add(repository: Path, name: str, config: str, *files: str) -> None:
    (repository / name / "1").mkdir(parents=True)
    (repository / name / "config.pbtxt").write_text(config)
    for file in files:
        (repository / name / file).parent.mkdir(exist_ok=True)
        (repository / name / file).touch()


def test_models_and_their_backends_are_read(tmp_path: Path) -> None:
    add(tmp_path, "z", '# backend: "none"\nbackend: "python"\n', "1/model.py")
    add(tmp_path, "both", 'platform: "ensemble"\n')
    add(tmp_path, "graph", '  backend : "onnxruntime"\n', "1/model.onnx")
    assert [
        (model.name, model.backend, model.is_ensemble) for model in read_repository(tmp_path)
    ] == [
        ("both", "ensemble", True),
        ("graph", "onnxruntime", False),
        ("z", "python", False),
    ]


@pytest.mark.parametrize(
    ("backend", "file"),
    [("onnxruntime", "model.onnx"), ("tokenizer", "tokenizer.json"), ("image", "preprocess.json")],
)
def test_a_missing_export_names_the_model_and_the_command(
    backend: str, file: str, tmp_path: Path
) -> None:
    add(tmp_path, "m", f'backend: "{backend}"')
    with pytest.raises(RepositoryError) as caught:
        read_repository(tmp_path)
    assert str(caught.value) == (
        f"model m has no {tmp_path}/m/1/{file};"
        f" write it with: python -m export --repository {tmp_path}"
    )


def test_a_folder_without_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="holds no model"):
        read_repository(tmp_path / "nowhere")


def test_models_without_the_variant_are_named(tmp_path: Path) -> None:
    add(tmp_path, "a", 'backend: "python"', "configs/gpu.pbtxt")
    add(tmp_path, "b", 'backend: "python"')
    add(tmp_path, "c", 'backend: "python"')
    with pytest.raises(RepositoryError, match=r"no configs/gpu\.pbtxt for: b, c"):
        check_variant(read_repository(tmp_path), "gpu")


def test_a_repository_with_every_variant_passes(tmp_path: Path) -> None:
    add(tmp_path, "a", 'backend: "python"', "configs/gpu.pbtxt")
    check_variant(read_repository(tmp_path), "gpu")
