from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from export.graph import to_onnx


class Mean(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([[1.0, 2.0, 3.0]]))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return tokens.to(torch.float32).mean(dim=1, keepdim=True) * self.weight


def shape_of(value: onnx.ValueInfoProto) -> list[str | int]:
    return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]


@pytest.fixture(scope="module")
def traced() -> bytes:
    example = {"tokens": torch.ones(2, 5, dtype=torch.int64)}
    return to_onnx(Mean().eval(), example, {0: "batch", 1: "tokens"}, metadata={"source": "a test"})


def test_axes_are_symbolic_and_the_output_is_named_vector(traced: bytes) -> None:
    graph = onnx.load_from_string(traced).graph
    assert [(value.name, shape_of(value)) for value in graph.input] == [
        ("tokens", ["batch", "tokens"])
    ]
    assert [(value.name, shape_of(value)) for value in graph.output] == [("vector", ["batch", 3])]


def test_any_batch_and_length_run(traced: bytes) -> None:
    session = onnxruntime.InferenceSession(traced)
    for batch, tokens in ((1, 1), (3, 7), (1, 200)):
        ids = np.full((batch, tokens), 2)
        (vectors,) = session.run(None, {"tokens": ids})
        np.testing.assert_array_equal(
            vectors, np.tile(np.array([2, 4, 6], dtype=np.float32), (batch, 1))
        )


def test_nothing_of_this_machine_and_no_value_info_is_kept(traced: bytes) -> None:
    model = onnx.load_from_string(traced)
    assert len(model.graph.value_info) == 0
    assert str(Path(__file__).parent).encode() not in traced
    assert {prop.key: prop.value for prop in model.metadata_props} == {"source": "a test"}


def test_exported_graphs_have_the_contract_s_tensors(repository: Path) -> None:
    tokens = [
        (name, onnx.TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    expected = {
        "clip_image": ([("image", onnx.TensorProto.UINT8, ["batch", 224, 224, 3])], 512),
        "clip_text": (tokens, 512),
        # Any text model's width fits one config.
        "text_encoder": (tokens, "dimension"),
    }
    for name, (inputs, width) in expected.items():
        graph = onnx.load(repository / name / "1/model.onnx").graph
        found = [
            (value.name, value.type.tensor_type.elem_type, shape_of(value)) for value in graph.input
        ]
        assert found == inputs, name
        assert [shape_of(value) for value in graph.output] == [["batch", width]], name
