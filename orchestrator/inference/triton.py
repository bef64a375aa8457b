"""The one module that imports tritonclient: an async gRPC client with our errors."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tritonclient.grpc.aio as triton
from numpy.typing import NDArray
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from orchestrator.deadline import Deadline
from orchestrator.errors import FeedlensError, InferenceUnavailable, InvalidRequest

Tensor = NDArray[np.generic]
# What Triton puts before the message of a model within an ensemble.
_ENSEMBLE = re.compile(r"^in ensemble '[^']*', ")
_INVALID = "StatusCode.INVALID_ARGUMENT"
_MAX_MESSAGE_BYTES = 64 * 1024 * 1024
_CHANNEL_OPTIONS = [
    ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    # A Triton that comes back is found within a second, not after gRPC's two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
]


@dataclass(frozen=True, slots=True)
class TritonAddress:
    """host:port of Triton's gRPC endpoint."""

    url: str


class TritonClient:
    """One shared connection; every call has a deadline, which also takes it out of a queue."""

    def __init__(self, address: TritonAddress) -> None:
        self._address = address
        self._client = triton.InferenceServerClient(address.url, channel_args=_CHANNEL_OPTIONS)

    async def infer(
        self,
        model: str,
        inputs: Mapping[str, Tensor],
        outputs: Sequence[str],
        deadline: Deadline,
    ) -> dict[str, Tensor]:
        """Run `model`; tensors carry the batch dimension. STRING tensors are object arrays.

        Raises InvalidRequest where Triton says that the input is at fault, InferenceUnavailable
        for everything else: away, overloaded, too late, broken.
        """
        try:
            answer = await self._client.infer(
                model,
                [_input(name, tensor) for name, tensor in inputs.items()],
                outputs=[triton.InferRequestedOutput(name) for name in outputs],
                client_timeout=deadline.remaining_s,
            )
        except InferenceServerException as exc:
            raise _translated(exc, model, self._address) from exc
        return {name: _output(answer, name, model) for name in outputs}

    async def max_batch_size(self, model: str, deadline: Deadline) -> int:
        """How many inputs of `model` may come in one request, as its configuration says; from 1.

        Raises InferenceUnavailable.
        """
        try:
            answer = await self._client.get_model_config(model, client_timeout=deadline.remaining_s)
        except InferenceServerException as exc:
            raise _translated(exc, model, self._address) from exc
        return max(1, int(answer.config.max_batch_size))

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close()


def _input(name: str, tensor: Tensor) -> triton.InferInput:
    wire = triton.InferInput(name, list(tensor.shape), np_to_triton_dtype(tensor.dtype))
    wire.set_data_from_numpy(tensor)
    return wire


def _output(answer: triton.InferResult, name: str, model: str) -> Tensor:
    tensor: Tensor | None = answer.as_numpy(name)
    if tensor is None:
        raise InferenceUnavailable(f"{model} answered without {name!r}", model=model)
    return tensor


def _translated(exc: InferenceServerException, model: str, address: TritonAddress) -> FeedlensError:
    """Our error for one of Triton's or gRPC's."""
    status, message = str(exc.status()), _ENSEMBLE.sub("", str(exc.message()))
    if status == _INVALID:
        return InvalidRequest(message)
    if status == "StatusCode.DEADLINE_EXCEEDED":
        return InferenceUnavailable(f"{model} did not answer in time", model=model)
    if "failed to connect" in message.lower() or "Socket closed" in message:
        return InferenceUnavailable(f"Triton at {address.url} can't be reached", model=model)
    return InferenceUnavailable(f"{model} failed: {message.splitlines()[0]}", model=model)
