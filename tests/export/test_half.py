from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto

from export.cpu import open_session
from export.half import to_fp16


def inputs_of(model: str) -> dict[str, NDArray[np.generic]]:
    rng = np.random.default_rng(0)
    if model in ("clip_image", "vit_legacy"):
        return {"image": rng.integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)}
    ids = rng.integers(1000, 4000, (2, 9))
    mask = np.ones_like(ids)
    mask[1, 5:] = 0
    return {"input_ids": ids, "attention_mask": mask}


@pytest.mark.parametrize("model", ["clip_image", "clip_text", "text_encoder", "vit_legacy"])
def test_fp16_graph_halves_the_weights_and_keeps_tensors_and_vectors(
    repository: Path, model: str
) -> None:
    full = (repository / model / "1/model.onnx").read_bytes()
    half = to_fp16(full)
    before, after = (onnx.load_from_string(graph).graph for graph in (full, half))
    assert (after.input, after.output) == (before.input, before.output)
    assert len(half) < 0.6 * len(full)
    kinds = {tensor.data_type for tensor in after.initializer if len(tensor.dims) > 1}
    assert TensorProto.FLOAT16 in kinds

    onnx.checker.check_model(onnx.load_from_string(half))
    inputs = inputs_of(model)
    (expected,), (found,) = (open_session(graph).run(None, inputs) for graph in (full, half))
    assert found.dtype == np.float32
    assert ((expected * found).sum(axis=1) > 0.9999).all()
    # A norm taken in fp16 would be off by up to 5e-4.
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert to_fp16(full) == half
