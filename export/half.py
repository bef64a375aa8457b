"""An fp32 graph to one of fp16, for GPUs."""

from __future__ import annotations

import onnx
from onnx import NodeProto
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

# How the converter names its casts.
_ROUNDING = "_cast_to_fp16_node"


def to_fp16(graph: bytes) -> bytes:
    """Weights and compute of a serialized graph in fp16; inputs and outputs keep their types.

    The scaling of pixels and the head (pooling, projection, L2 norm) stay fp32: a vector that is
    divided by its norm in fp16 is off unit length by up to 5e-4, enough to swap neighbours. Norms
    within are LayerNormalization, whose statistics ONNX takes in fp32 (`stash_type`) anyway.
    """
    model = onnx.load_from_string(graph)
    outputs = list(model.graph.output)
    half = convert_float_to_float16(model, keep_io_types=True, node_block_list=_ends(model.graph))
    _drop_rounding_within_fp32(half.graph)
    # The converter puts its casts last, and writes shapes that it inferred over symbolic ones.
    OnnxModel(half).topological_sort(is_deterministic=True)
    del half.graph.value_info[:], half.graph.output[:]
    half.graph.output.extend(outputs)
    return half.SerializeToString(deterministic=True)


def _ends(graph: onnx.GraphProto) -> list[str]:
    """Names of the nodes before the first convolution and after the last LayerNormalization."""
    kinds = [node.op_type for node in graph.node]
    first = kinds.index("Conv") if "Conv" in kinds else 0
    norms = [index for index, kind in enumerate(kinds) if kind == "LayerNormalization"]
    head = norms[-1] + 1 if norms else len(kinds)
    return [node.name for node in [*graph.node[:first], *graph.node[head:]]]


def _drop_rounding_within_fp32(graph: onnx.GraphProto) -> None:
    """The converter casts what passes between two fp32 nodes to fp16 and back: join them."""
    precise = {n.output[0]: n.input[0] for n in graph.node if n.name.endswith(_ROUNDING)}
    joined = {
        node.output[0]: precise[node.input[0]]
        for node in graph.node
        if node.op_type == "Cast" and node.input[0] in precise and _is_to_fp32(node)
    }
    results = {output.name for output in graph.output}
    renamed = {source: name for name, source in joined.items() if name in results}
    kept = [node for node in graph.node if node.output[0] not in joined]
    for node in kept:
        inputs = [joined.get(name, name) for name in node.input]
        del node.input[:]
        node.input.extend(renamed.get(name, name) for name in inputs)
        if node.output[0] in renamed:
            node.output[0] = renamed[node.output[0]]
    used = {name for node in kept for name in node.input} | results
    copies = [
        NodeProto.FromString(node.SerializeToString())
        for node in kept
        if not node.name.endswith(_ROUNDING) or node.output[0] in used
    ]
    del graph.node[:]
    graph.node.extend(copies)


def _is_to_fp32(node: NodeProto) -> bool:
    return bool(node.attribute[0].i == onnx.TensorProto.FLOAT)
