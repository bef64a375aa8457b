"""One run of a graph, and what a caller is told when its inputs do not fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from serving.backends.errors import InvalidInputError, one_line
from serving.backends.onnxruntime.batching import Tensors

_OUT_OF_MEMORY = ("allocate", "bad_alloc")


@dataclass(frozen=True)
class NamedDimensions:
    """The dimensions that a graph names instead of sizing, such as `tokens`.

    Attributes:
        axes: by the dimension's name, the inputs that have it and at which axis.
    """

    axes: Mapping[str, Sequence[tuple[str, int]]]

    @classmethod
    def of_session(cls, session: ort.InferenceSession) -> "NamedDimensions":
        """Reads them off the graph's inputs."""
        axes: dict[str, list[tuple[str, int]]] = {}
        for tensor in session.get_inputs():
            for axis, size in enumerate(tensor.shape):
                if isinstance(size, str):
                    axes.setdefault(size, []).append((tensor.name, axis))
        return cls(axes)

    def check(self, inputs: Tensors) -> None:
        """Makes sure that inputs agree on every named dimension, and that none is empty.

        Raises:
            InvalidInputError: they do not; the message names the inputs and their sizes.
        """
        for dimension, places in self.axes.items():
            sizes = {name: inputs[name].shape[axis] for name, axis in places}
            if len(set(sizes.values())) > 1:
                told = " and ".join(f"'{name}' has {size}" for name, size in sizes.items())
                raise InvalidInputError(f"the inputs differ in their {dimension}: {told}")
            if 0 in sizes.values():
                raise InvalidInputError(f"input '{places[0][0]}' has no {dimension}")


def run(session: ort.InferenceSession, outputs: Sequence[str], inputs: Tensors) -> dict[str, Any]:
    """The graph's outputs by name.

    Raises:
        InvalidInputError: the graph can't run on these values or shapes; it ran its canary, so
            it is not the graph's fault.
        RuntimeError: there is no memory for it.
    """
    try:
        return dict(zip(outputs, session.run(list(outputs), dict(inputs)), strict=True))
    except (ort_errors.InvalidArgument, ort_errors.Fail, ort_errors.RuntimeException) as error:
        if any(word in str(error) for word in _OUT_OF_MEMORY):
            raise RuntimeError(one_line(error)) from error
        shapes = ", ".join(f"{name} {list(array.shape)}" for name, array in inputs.items())
        raise InvalidInputError(
            one_line(f"the graph can't run on {shapes}: {_cause(str(error))}")
        ) from error


def _cause(message: str) -> str:
    """ONNX Runtime's message without the place in its own source."""
    return message.rpartition("Status Message: ")[2].strip() or message
