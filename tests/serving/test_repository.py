"""A repository on disk: its models, and what it lacks."""

from pathlib import Path

import pytest

from serving.errors import RepositoryError
from serving.repository import check_variant, read_repository
from tests.support.hollow import write_graph, write_hollow_repository


def add(repository: Path, name: str, config: str, *files: str) -> None:
    (repository / name / "1").mkdir(parents=True)
    (repository / name / "config.pbtxt").write_text(config)
    for file in files:
        (repository / name / file).parent.mkdir(exist_ok=True)
        (repository / name / file).touch()


def test_models_and_their_backends_are_read(tmp_path: Path) -> None:
    add(tmp_path, "z", '# backend: "none"\nbackend: "python"\n', "1/model.py")
    add(tmp_path, "both", 'platform: "ensemble"\n')
    add(tmp_path, "graph", '  backend : "onnxruntime"\n')
    write_graph(tmp_path / "graph" / "1", b"a graph")
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


def test_a_graph_that_is_not_the_fingerprints_is_refused(tmp_path: Path) -> None:
    add(tmp_path, "m", 'backend: "onnxruntime"')
    write_graph(tmp_path / "m" / "1", b"a graph", hash="sha256:00")
    with pytest.raises(RepositoryError, match="of model m is not the exported one"):
        read_repository(tmp_path)


def test_a_broken_configuration_is_named(tmp_path: Path) -> None:
    add(tmp_path, "m", 'backend: "python"\nmax_batch: 3\n')
    with pytest.raises(RepositoryError, match=r"m/config\.pbtxt, line 2: .*max_batch"):
        read_repository(tmp_path)


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


@pytest.mark.parametrize("variant", ["cpu", "gpu", "tensorrt"])
def test_our_own_repository_has_every_variant(variant: str, tmp_path: Path) -> None:
    check_variant(read_repository(write_hollow_repository(tmp_path / "repository")), variant)


@pytest.mark.parametrize("variant", ["gpu", "tensorrt"])
def test_int8_weights_are_for_the_cpu(variant: str, tmp_path: Path) -> None:
    repository = write_hollow_repository(tmp_path / "repository")
    for model in ("clip_text", "vit_legacy"):
        write_graph(repository / model / "1", b"a graph", precision="int8")
    models = read_repository(repository)
    check_variant(models, "cpu")
    with pytest.raises(RepositoryError) as caught:
        check_variant(models, variant)
    assert str(caught.value) == (
        f"the weights are int8, which the variant {variant} does not run, of: clip_text,"
        f" vit_legacy; export them for it with: USE_GPU=true python -m export"
        f" --repository {repository}"
    )
