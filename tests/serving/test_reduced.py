"""A graph of int8 in the real server."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from export.cpu import open_session
from export.quantize import to_int8
from tests.support.asking import Asker
from tests.support.exporting import ROOT, exported_artifacts
from tests.support.triton import ServedTriton, serve

MODEL = "text_encoder"


@pytest.fixture(scope="module")
def fp32_graph() -> bytes:
    return (exported_artifacts() / MODEL / "1/model.onnx").read_bytes()


@pytest.fixture(scope="module")
def served(fp32_graph: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedTriton]:
    """One model, all-MiniLM-L6-v2 in int8, behind the configuration of every precision."""
    folder = tmp_path_factory.mktemp("reduced")
    repository = folder / "repository"
    source = ROOT / "model_repository" / MODEL
    unwanted = shutil.ignore_patterns("*.onnx", "*.json")
    shutil.copytree(source, repository / MODEL, ignore=unwanted)
    graph = to_int8(fp32_graph)
    version = repository / MODEL / "1"
    version.mkdir(exist_ok=True)
    (version / "model.onnx").write_bytes(graph)
    write_card(version / "fingerprint.json", graph)
    with serve(repository, folder / "run") as running:
        yield running


def write_card(path: Path, graph: bytes) -> None:
    card = {
        "hash": f"sha256:{hashlib.sha256(graph).hexdigest()}",
        "precision": "int8",
        "dimension": 384,
        "max_tokens": 256,
    }
    path.write_text(json.dumps(card), encoding="utf-8")


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_served_vectors_are_those_of_int8_near_fp32(
    served: ServedTriton, fp32_graph: bytes, protocol: str
) -> None:
    ids = np.array([[101, 1037, 4937, 102, *[0] * 12], [101, 3899, 102, *[0] * 13]])
    inputs = {"input_ids": ids, "attention_mask": (ids != 0).astype(np.int64)}
    asker = Asker(served, protocol)
    found = asker.ask(MODEL, **inputs)["vector"]
    asker.close()
    (int8,), (fp32,) = (
        open_session(graph).run(None, inputs) for graph in (to_int8(fp32_graph), fp32_graph)
    )
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, int8, atol=1e-6)
    cosines = (found * fp32).sum(axis=1)
    assert ((cosines > 0.995) & (cosines < 0.99999)).all()
