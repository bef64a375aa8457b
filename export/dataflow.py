"""Who makes what in an ONNX graph."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, numpy_helper

_MATRIX_AXES = 2
_FINDS = ("Softmax", "MatMul")


class Dataflow:
    """A graph's nodes by what they make, and its constants."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._nodes = list(graph.node)
        self._maker = {name: node for node in graph.node for name in node.output}
        self._constants = {tensor.name: tensor for tensor in graph.initializer}

    def matrix(self, name: str) -> NDArray[np.float32] | None:
        """The constant of that name, where it is an fp32 matrix."""
        tensor = self._constants.get(name)
        if tensor is None or tensor.data_type != TensorProto.FLOAT:
            return None
        return numpy_helper.to_array(tensor) if len(tensor.dims) == _MATRIX_AXES else None

    def value_projections(self) -> set[str]:
        """Outputs of the multiplications whose products attention averages: its values."""
        found = set()
        for node in self._nodes:
            if node.op_type != "MatMul" or node.input[1] in self._constants:
                continue
            probabilities, values = (self._origin(name) for name in node.input)
            if probabilities is None or probabilities.op_type != "Softmax" or values is None:
                continue
            if values.op_type == "MatMul" and values.input[1] in self._constants:
                found.add(values.output[0])
        return found

    def _origin(self, name: str) -> NodeProto | None:
        """The softmax or multiplication that `name` comes from, by way of the first input of each
        node that is not constant."""
        maker = self._maker.get(name)
        while maker is not None and maker.op_type not in _FINDS:
            changing = [source for source in maker.input if source not in self._constants]
            maker = self._maker.get(changing[0]) if changing else None
        return maker
