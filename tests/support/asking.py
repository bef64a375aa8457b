"""Asks a served model over HTTP or gRPC, as a foreign Triton client would."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tritonclient.grpc as grpc_client
import tritonclient.http as http_client
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from tests.support.triton import ServedTriton

Array = npt.NDArray[Any]

INVALID_ARGUMENT = ("StatusCode.INVALID_ARGUMENT", "400")


class Asker:
    """A client of one protocol, `http` or `grpc`, with a time limit or without."""

    def __init__(self, served: ServedTriton, protocol: str, timeout_s: float | None = None) -> None:
        limits = {} if timeout_s is None else {"connection": timeout_s, "network": timeout_s}
        if protocol == "grpc":
            self._library = grpc_client
            self._client = grpc_client.InferenceServerClient(served.grpc_url)
            self._options = {"client_timeout": timeout_s}
        else:
            self._library = http_client
            self._client = http_client.InferenceServerClient(
                served.http_url, **{f"{name}_timeout": limit for name, limit in limits.items()}
            )
            self._options = {}

    def ask(self, model: str, /, **inputs: Array) -> dict[str, Array]:
        """The outputs of one inference, by name.

        Raises:
            InferenceServerException: the model refuses, or fails.
        """
        tensors = []
        for name, array in inputs.items():
            tensor = self._library.InferInput(name, array.shape, np_to_triton_dtype(array.dtype))
            tensor.set_data_from_numpy(array)
            tensors.append(tensor)
        result = self._client.infer(model, tensors, **self._options)
        names = [output["name"] for output in self._metadata(model)["outputs"]]
        return {name: result.as_numpy(name) for name in names}

    def ask_one(self, model: str, /, **inputs: bytes) -> dict[str, Array]:
        """The outputs for one image or text, batch dimension included."""
        return self.ask(model, **{name: strings(data) for name, data in inputs.items()})

    def refusal(self, model: str, /, **inputs: bytes) -> str:
        """The message with which the model refuses an input as the caller's fault."""
        with pytest.raises(InferenceServerException) as caught:
            self.ask_one(model, **inputs)
        assert caught.value.status() in INVALID_ARGUMENT, caught.value
        return str(caught.value.message())

    def statistics(self, model: str) -> tuple[int, int]:
        """How many inferences the model has served, and in how many executions."""
        if self._library is grpc_client:
            found = self._client.get_inference_statistics(model, as_json=True)
        else:
            found = self._client.get_inference_statistics(model)
        (statistics,) = found["model_stats"]
        return int(statistics["inference_count"]), int(statistics["execution_count"])

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()

    def _metadata(self, model: str) -> Any:
        if self._library is grpc_client:
            return self._client.get_model_metadata(model, as_json=True)
        return self._client.get_model_metadata(model)


def strings(*elements: bytes) -> Array:
    """A STRING tensor [len(elements), 1]."""
    return np.array([[element] for element in elements], dtype=np.object_)
