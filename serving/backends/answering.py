"""Requests in, responses out, for every model that is written in Python.

Imports only inside a Triton stub.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import triton_python_backend_utils as pb_utils

from serving.backends.errors import InvalidInputError, one_line

Array = npt.NDArray[Any]
Outputs = Mapping[str, Array]
Request = Any  # pb_utils.InferenceRequest
Response = Any  # pb_utils.InferenceResponse


def read(request: Request, name: str) -> Array:
    """The request's input tensor `name`, batch dimension included.

    Raises:
        InvalidInputError: the request has no such input.
    """
    tensor = pb_utils.get_input_tensor_by_name(request, name)
    if tensor is None:
        raise InvalidInputError(f"input '{name}' is missing")
    return np.asarray(tensor.as_numpy())


def answer(outputs: Outputs) -> Response:
    """A response that carries `outputs` by tensor name."""
    tensors = [
        pb_utils.Tensor(name, np.ascontiguousarray(array)) for name, array in outputs.items()
    ]
    return pb_utils.InferenceResponse(output_tensors=tensors)


def refuse(error: Exception) -> Response:
    """A response that says why: INVALID_ARG for the caller's fault, INTERNAL for ours."""
    code = (
        pb_utils.TritonError.INVALID_ARG
        if isinstance(error, InvalidInputError)
        else pb_utils.TritonError.INTERNAL
    )
    return pb_utils.InferenceResponse(error=pb_utils.TritonError(one_line(error), code))


def answer_each(
    requests: Sequence[Request],
    infer: Callable[[Request], Outputs],
    map_over: Callable[..., Iterable[Any]] = map,
) -> list[Response]:
    """One response a request; a request that fails answers with its own error.

    Args:
        map_over: how `infer` is applied to the requests, such as a thread pool's `map`.
    """

    def attempt(request: Request) -> Outputs | Exception:
        try:
            return infer(request)
        except Exception as error:  # noqa: BLE001 - whatever one request raises stays its own
            return error

    outcomes = list(map_over(attempt, requests))
    return [
        refuse(outcome) if isinstance(outcome, Exception) else answer(outcome)
        for outcome in outcomes
    ]
