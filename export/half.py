"""An fp32 graph to one of fp16, for GPUs."""

from __future__ import annotations

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16


def to_fp16(graph: bytes) -> bytes:
    """Weights and compute of a serialized graph in fp16; inputs and outputs keep their types.

    The scaling of pixels and the head (pooling, projection, L2 norm) stay fp32: a vector that is
    divided by its norm in fp16 is off unit length by up to 5e-4, enough to swap neighbours. Norms
    within are LayerNormalization, whose statistics ONNX takes in fp32 (`stash_type`) anyway.
    """
    model = onnx.load_from_string(graph)
    half = convert_float_to_float16(model, keep_io_types=True, node_block_list=_ends(model.graph))
    del half.graph.value_info[:]
    return half.SerializeToString(deterministic=True)


def _ends(graph: onnx.GraphProto) -> list[str]:
    """Names of the nodes before the first convolution and after the last LayerNormalization."""
    kinds = [node.op_type for node in graph.node]
    first = kinds.index("Conv") if "Conv" in kinds else 0
    norms = [index for index, kind in enumerate(kinds) if kind == "LayerNormalization"]
    head = norms[-1] + 1 if norms else len(kinds)
    return [node.name for node in [*graph.node[:first], *graph.node[head:]]]
