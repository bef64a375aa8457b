"""A torch module to one ONNX file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import onnx
import torch

# Not `embedding`: CLIP has a node of that name and the two collide.
OUTPUT = "vector"


def to_onnx(
    module: torch.nn.Module,
    inputs: Mapping[str, torch.Tensor],
    dynamic_axes: Mapping[int, str],
    *,
    symbolic_width: bool = False,
    metadata: Mapping[str, str],
) -> bytes:
    """Trace `module` on example `inputs`; returns the serialized graph, weights included.

    The axes in `dynamic_axes` of every input are symbolic. With `symbolic_width` the output's
    width is too, so that one config (dims [-1]) serves models of any dimension. Raises
    torch.onnx.OnnxExporterError.
    """
    with _torch_s_own_warnings_ignored():
        program = torch.onnx.export(
            module,
            kwargs=dict(inputs),
            input_names=list(inputs),
            output_names=[OUTPUT],
            dynamic_shapes={name: dict(dynamic_axes) for name in inputs},
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise TypeError("torch.onnx.export(dynamo=True) returned no program")
    model = program.model_proto
    _drop_traces(model)
    if symbolic_width:
        model.graph.output[0].type.tensor_type.shape.dim[1].dim_param = "dimension"
    onnx.helper.set_model_props(model, dict(metadata))
    return model.SerializeToString(deterministic=True)


@contextmanager
def _torch_s_own_warnings_ignored() -> Iterator[None]:
    """Over a call that torch makes of itself, and over axes that are named alike on purpose."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)`", FutureWarning)
        warnings.filterwarnings("ignore", r"# The axis name: \w+ will not be used", UserWarning)
        yield


def _drop_traces(model: onnx.ModelProto) -> None:
    """Drop what tells of this machine, so that equal weights give equal bytes, and value_info,
    which quantizers trip over."""
    del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for function in model.functions:
        del function.metadata_props[:]
