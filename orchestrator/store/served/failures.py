"""What the errors of the client of a Qdrant server mean."""

import asyncio
from http import HTTPStatus

import grpc  # type: ignore[import-untyped]
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

_PASSING_CODES = {"CANCELLED", "UNAVAILABLE", "DEADLINE_EXCEEDED", "ABORTED", "RESOURCE_EXHAUSTED"}
_PASSING_STATUS = {429, 500, 502, 503, 504}


def may_pass(exc: Exception) -> bool:
    """Whether the same call may be answered a little later."""
    if isinstance(exc, grpc.aio.AioRpcError):
        return exc.code().name in _PASSING_CODES
    if isinstance(exc, UnexpectedResponse):
        return exc.status_code in _PASSING_STATUS
    return isinstance(
        exc, asyncio.TimeoutError | ResponseHandlingException | ResourceExhaustedResponse
    )


def is_missing(exc: BaseException | None) -> bool:
    """Whether a point to be changed is not there; in local mode that is a KeyError."""
    if isinstance(exc, grpc.aio.AioRpcError):
        return exc.code() is grpc.StatusCode.NOT_FOUND
    if isinstance(exc, UnexpectedResponse):
        return exc.status_code == HTTPStatus.NOT_FOUND
    return isinstance(exc, KeyError)


def why(exc: Exception) -> str:
    """What a person is told."""
    if isinstance(exc, grpc.aio.AioRpcError):
        return f"{exc.code().name}: {exc.details()}"
    if isinstance(exc, ResponseHandlingException):
        return repr(exc.source)
    if isinstance(exc, asyncio.TimeoutError):
        return "no answer in time"
    return str(exc) or repr(exc)
