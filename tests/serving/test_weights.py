"""Graphs are held to their fingerprints before anything is started."""

import hashlib
from pathlib import Path

import pytest

from serving.errors import RepositoryError
from serving.weights import Fingerprint, check_weights, read_fingerprint
from tests.support.hollow import write_graph

GRAPH = b"a graph"
MEND = "python -m export --repository {}"


def version(
    repository: Path, model: str = "clip_image", graph: bytes = GRAPH, **changes: object
) -> Path:
    folder = repository / model / "1"
    write_graph(folder, graph, **changes)
    return folder


def test_a_fingerprint_is_read(tmp_path: Path) -> None:
    folder = version(tmp_path, hash="sha256:ab", precision="int8", dimension=384, max_tokens=256)
    assert read_fingerprint(folder) == Fingerprint("sha256:ab", "int8", 384, 256)


def test_graphs_that_are_the_exported_ones_pass(tmp_path: Path) -> None:
    check_weights([version(tmp_path, name, name.encode()) for name in ("a", "b", "c")])


def test_another_graph_is_named_with_the_command_that_mends_it(tmp_path: Path) -> None:
    version(tmp_path, "a")
    folder = version(tmp_path, "clip_text")
    (folder / "model.onnx").write_bytes(b"another graph")
    with pytest.raises(RepositoryError) as caught:
        check_weights([tmp_path / "a/1", folder])
    found = hashlib.sha256(b"another graph").hexdigest()[:12]
    expected = hashlib.sha256(GRAPH).hexdigest()[:12]
    assert str(caught.value) == (
        f"{folder}/model.onnx of model clip_text is not the exported one: its sha256:{found}…"
        f" is not the sha256:{expected}… of fingerprint.json; write both again with:"
        f" {MEND.format(tmp_path)}"
    )


def test_a_missing_fingerprint_is_named(tmp_path: Path) -> None:
    folder = version(tmp_path)
    (folder / "fingerprint.json").unlink()
    with pytest.raises(RepositoryError) as caught:
        check_weights([folder])
    assert str(caught.value) == (
        f"model clip_image has no {folder}/fingerprint.json; write it with: {MEND.format(tmp_path)}"
    )


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_precisions_that_are_exported_pass(precision: str, tmp_path: Path) -> None:
    assert read_fingerprint(version(tmp_path, precision=precision)).precision == precision


@pytest.mark.parametrize("precision", ["bf16", "INT8", "", None, 8])
def test_another_precision_is_named(precision: object, tmp_path: Path) -> None:
    folder = version(tmp_path, precision=precision)
    with pytest.raises(RepositoryError) as caught:
        check_weights([folder])
    assert str(caught.value) == (
        f"{folder}/fingerprint.json of model clip_image: its precision '{precision}' is none of"
        f" fp32, fp16, int8; write it again with: {MEND.format(tmp_path)}"
    )


@pytest.mark.parametrize("text", ["", "[]", '{"hash": "sha256:ab"}', "\xff"])
def test_what_is_no_fingerprint_is_named(text: str, tmp_path: Path) -> None:
    folder = version(tmp_path)
    (folder / "fingerprint.json").write_text(text, "latin-1")
    with pytest.raises(RepositoryError) as caught:
        read_fingerprint(folder)
    assert str(caught.value).startswith(f"{folder}/fingerprint.json of model clip_image is no")
    assert "\n" not in str(caught.value)
