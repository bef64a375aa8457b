"""An fp32 graph to one that multiplies in int8, for CPUs.

Weights are int8 with a scale a column, activations uint8 with a scale a row, taken as the graph
runs. ONNX Runtime's own `quantize_dynamic` takes one scale for a whole batch instead: a vector
then depends on what it was batched with, and recall falls short (docs/precision.md has figures).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from export.dataflow import Dataflow

# com.microsoft; on the CPU since ONNX Runtime 1.3.
_DOMAIN = "com.microsoft"
_LARGEST = 127
_ACTIVATION_SCALE = "int8_activation_scale"
_ACTIVATION_ZERO = "int8_activation_zero"
_SMALLEST_PEAK = "int8_smallest_peak"
_LAST_AXIS = "int8_last_axis"
# Vocabularies have so many rows; tables of positions and token types are too small to matter.
_TABLE_ROWS = 4096


def to_int8(graph: bytes) -> bytes:
    """Quantize the multiplications by constant weights and the vocabulary of a serialized graph.

    What attention multiplies by (its value projections), patch embeddings and all arithmetic
    between stay fp32, inputs and outputs keep their types. The same graph gives the same bytes.
    """
    model = onnx.load_from_string(graph)
    flow = Dataflow(model.graph)
    kept_fp32 = flow.value_projections()
    added = _Added()
    nodes: list[NodeProto] = []
    quantized: set[str] = set()
    for node in model.graph.node:
        weight = _weight(node, flow)
        if weight is None or node.output[0] in kept_fp32:
            nodes.append(node)
        elif node.op_type == "Gather":
            nodes += _look_up(node, *added.by_row(node.input[0], weight))
        else:
            rows = node.input[0]
            if rows not in quantized:
                quantized.add(rows)
                nodes += _quantize_rows(rows)
            nodes += _multiply(node, *added.by_column(node.input[1], weight))
    _replace(model.graph, nodes, added)
    model.opset_import.append(helper.make_opsetid(_DOMAIN, 1))
    return model.SerializeToString(deterministic=True)


def column_scales(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scales [columns] that bring `weight` [rows, columns] into int8 without overflow on any CPU.

    AVX2 and AVX-512 without VNNI add two products of uint8 and int8 in 16 bits, which saturate.
    No pair of rows that they add (2i and 2i + 1) may exceed 127 in sum, rounding aside:
    255 x 128 still fits. That costs under one bit, where halving all weights costs a whole one.
    """
    rows, columns = weight.shape
    even = np.zeros((rows + rows % 2, columns), dtype=np.float32)
    even[:rows] = weight
    pairs = even.reshape(-1, 2, columns)
    peaks = np.maximum(pairs.clip(min=0).sum(axis=1), -pairs.clip(max=0).sum(axis=1)).max(axis=0)
    return _scales(peaks)


def row_scales(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scales [rows, 1] that bring `table` [rows, columns] into int8."""
    return _scales(np.abs(table).max(axis=1, keepdims=True))


def _scales(peaks: NDArray[np.float32]) -> NDArray[np.float32]:
    scales = (peaks / _LARGEST).astype(np.float32)
    # Below the smallest normal number a scale has no precision left, and may be 0.
    return np.where(scales >= np.finfo(np.float32).tiny, scales, 1).astype(np.float32)


def _weight(node: NodeProto, flow: Dataflow) -> NDArray[np.float32] | None:
    """The constant matrix that `node` multiplies by, or the vocabulary that it looks up in."""
    if node.op_type == "MatMul":
        return flow.matrix(node.input[1])
    if node.op_type == "Gather" and not any(attribute.i for attribute in node.attribute):
        table = flow.matrix(node.input[0])
        return table if table is not None and len(table) >= _TABLE_ROWS else None
    return None


class _Added:
    """The constants of a quantized graph, by name."""

    def __init__(self) -> None:
        self.tensors: dict[str, TensorProto] = {}
        # [-1, 1] in 255 steps with 0 in their middle.
        self._add(_ACTIVATION_SCALE, np.array(1 / _LARGEST, dtype=np.float32))
        self._add(_ACTIVATION_ZERO, np.array(128, dtype=np.uint8))
        self._add(_SMALLEST_PEAK, np.array(1e-12, dtype=np.float32))
        self._add(_LAST_AXIS, np.array([-1]))

    def by_column(self, name: str, weight: NDArray[np.float32]) -> tuple[str, str]:
        """Names of the int8 weight [rows, columns] and of its scales [columns]."""
        return self._add_quantized(name, weight, column_scales(weight))

    def by_row(self, name: str, table: NDArray[np.float32]) -> tuple[str, str]:
        """Names of the int8 table [rows, columns] and of its scales [rows, 1]."""
        return self._add_quantized(name, table, row_scales(table))

    def _add_quantized(
        self, name: str, weight: NDArray[np.float32], scales: NDArray[np.float32]
    ) -> tuple[str, str]:
        whole = np.rint(weight / scales).clip(-_LARGEST, _LARGEST)
        self._add(f"{name}_int8", whole.astype(np.int8))
        self._add(f"{name}_scale", scales)
        return f"{name}_int8", f"{name}_scale"

    def _add(self, name: str, array: NDArray[Any]) -> None:
        self.tensors[name] = numpy_helper.from_array(array, name)


def _quantize_rows(rows: str) -> list[NodeProto]:
    """`rows` as uint8 in units of each row's largest magnitude."""
    return [
        helper.make_node("Abs", [rows], [f"{rows}_magnitude"]),
        helper.make_node(
            "ReduceMax", [f"{rows}_magnitude", _LAST_AXIS], [f"{rows}_largest"], keepdims=1
        ),
        helper.make_node("Max", [f"{rows}_largest", _SMALLEST_PEAK], [f"{rows}_peak"]),
        helper.make_node("Div", [rows, f"{rows}_peak"], [f"{rows}_unit"]),
        helper.make_node(
            "QuantizeLinear",
            [f"{rows}_unit", _ACTIVATION_SCALE, _ACTIVATION_ZERO],
            [f"{rows}_uint8"],
        ),
    ]


def _multiply(node: NodeProto, weight: str, scales: str) -> list[NodeProto]:
    rows, product = node.input[0], node.output[0]
    return [
        helper.make_node(
            "MatMulIntegerToFloat",
            [f"{rows}_uint8", weight, _ACTIVATION_SCALE, scales, _ACTIVATION_ZERO],
            [f"{product}_unit"],
            domain=_DOMAIN,
        ),
        helper.make_node("Mul", [f"{product}_unit", f"{rows}_peak"], [product]),
    ]


def _look_up(node: NodeProto, table: str, scales: str) -> list[NodeProto]:
    indices, found = node.input[1], node.output[0]
    return [
        helper.make_node("Gather", [table, indices], [f"{found}_int8"], axis=0),
        helper.make_node("Gather", [scales, indices], [f"{found}_scale"], axis=0),
        helper.make_node("Cast", [f"{found}_int8"], [f"{found}_unit"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{found}_unit", f"{found}_scale"], [found]),
    ]


def _replace(graph: onnx.GraphProto, nodes: Iterable[NodeProto], added: _Added) -> None:
    """Put `nodes` in place of the graph's, with the weights that they still use."""
    copies = [NodeProto.FromString(node.SerializeToString()) for node in nodes]
    used = {name for node in copies for name in node.input}
    tensors = [
        tensor for tensor in [*graph.initializer, *added.tensors.values()] if tensor.name in used
    ]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(copies)
    graph.initializer.extend(tensors)
