"""Small ONNX graphs, and what Triton tells a Python model about itself."""

import json
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper

from serving.backends.parameters import ModelContext


def write_doubler(path: Path) -> None:
    """A graph that doubles: `x` FP32 [batch, 3] -> `y` FP32 [batch, 3]."""
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "doubler",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def doubler_config(**changes: Any) -> dict[str, Any]:
    """The configuration that fits the doubler, as Triton hands it to a Python model."""
    config: dict[str, Any] = {
        "max_batch_size": 4,
        "input": [{"name": "x", "data_type": "TYPE_FP32", "dims": [3]}],
        "output": [{"name": "y", "data_type": "TYPE_FP32", "dims": [3]}],
    }
    return config | changes


def arguments(
    folder: Path, config: dict[str, Any], kind: str = "CPU", **parameters: str
) -> dict[str, str]:
    """The `args` of a Python model's `initialize` for version 1 of the model in `folder`."""
    strings = {key: {"string_value": value} for key, value in parameters.items()}
    return {
        "model_name": folder.name,
        "model_repository": str(folder),
        "model_version": "1",
        "model_instance_kind": kind,
        "model_config": json.dumps(config | {"parameters": strings}),
    }


def context(
    folder: Path, config: dict[str, Any], kind: str = "CPU", **parameters: str
) -> ModelContext:
    """What a model in `folder` knows at load."""
    return ModelContext.from_args(arguments(folder, config, kind, **parameters))
