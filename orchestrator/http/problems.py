"""The one table from errors to answers: RFC 9457 problem details."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from orchestrator import errors
from orchestrator.errors import FeedlensError, Unavailable

_LOG = logging.getLogger(__name__)
_MEDIA_TYPE = "application/problem+json"

# status, type, title; the first class that fits decides.
_TABLE: tuple[tuple[type[FeedlensError], HTTPStatus, str, str], ...] = (
    (errors.InvalidCursor, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-cursor", "Invalid cursor"),
    (errors.InvalidRequest, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "Invalid request"),
    (errors.ForeignCursor, HTTPStatus.FORBIDDEN, "foreign-cursor", "Cursor of another viewer"),
    (errors.CursorExpired, HTTPStatus.GONE, "cursor-expired", "Cursor expired"),
    (errors.TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", "Too large"),
    (
        errors.UndecodableMedia,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "undecodable-media",
        "Media can't be decoded",
    ),
    (errors.NotFound, HTTPStatus.NOT_FOUND, "not-found", "Not found"),
    (
        errors.FingerprintMismatch,
        HTTPStatus.CONFLICT,
        "fingerprint-mismatch",
        "Vectors of another model",
    ),
    (errors.Conflict, HTTPStatus.CONFLICT, "conflict", "Conflict with what is stored"),
    (errors.SlowClient, HTTPStatus.REQUEST_TIMEOUT, "slow-client", "Request came too slowly"),
    (
        errors.InferenceUnavailable,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "inference-unavailable",
        "A model does not answer",
    ),
    (
        errors.StoreUnavailable,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "store-unavailable",
        "The store does not answer",
    ),
    (errors.Unavailable, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "Try again later"),
    (
        errors.StartupError,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "misconfigured",
        "The service is not set up for it",
    ),
)
_MAX_ERRORS = 10


class Problem(BaseModel):
    """RFC 9457 problem details; some types carry more members."""

    type: str
    title: str
    status: int
    detail: str


RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Any error",
        "content": {_MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    }
}
"""What OpenAPI says of errors, on every path."""


def problem(
    status: HTTPStatus,
    slug: str,
    title: str,
    detail: str,
    *,
    members: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An application/problem+json answer; `slug` ends its stable type."""
    return JSONResponse(
        {
            "type": f"urn:feedlens:problem:{slug}",
            "title": title,
            "status": status.value,
            "detail": detail,
            **(members or {}),
        },
        status.value,
        media_type=_MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def problem_of(exc: FeedlensError) -> JSONResponse:
    """The answer for one of our errors."""
    for kind, status, slug, title in _TABLE:
        if isinstance(exc, kind):
            retry = {"Retry-After": str(exc.retry_after_s)} if isinstance(exc, Unavailable) else {}
            return problem(status, slug, title, exc.detail, members=exc.members, headers=retry)
    raise exc


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem."""
    app.add_exception_handler(FeedlensError, _on_ours)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_unexpected)


async def _on_ours(request: Request, exc: Exception) -> JSONResponse:
    if not isinstance(exc, FeedlensError):
        raise exc
    if isinstance(exc, (Unavailable, errors.StartupError)):
        _LOG.warning("%s %s: %s", request.method, request.url.path, exc.detail)
    return problem_of(exc)


async def _on_validation(request: Request, exc: Exception) -> JSONResponse:
    """FastAPI's and Pydantic's findings, without the input that they quote."""
    if not isinstance(exc, RequestValidationError):
        raise exc
    kind = request.headers.get("content-type", "none")
    if exc.errors()[0]["loc"] == ("body",) and "json" not in kind:
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        detail = f"send a JSON object as Content-Type: application/json, not {kind[:100]}"
        return problem(status, "unsupported-media-type", status.phrase, detail)
    found = [
        {"where": ".".join(map(str, error["loc"])), "message": _message(error)}
        for error in exc.errors()[:_MAX_ERRORS]
    ]
    detail = "; ".join(f"{error['where']}: {error['message']}" for error in found)
    status, slug, title = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "Invalid request"
    return problem(status, slug, title, detail, members={"errors": found})


async def _on_http(request: Request, exc: Exception) -> JSONResponse:
    """What Starlette answers itself: no such route, another method, a form that is none."""
    if not isinstance(exc, HTTPException):
        raise exc
    if isinstance(exc.__cause__, FeedlensError):
        return await _on_ours(request, exc.__cause__)
    if exc.detail.startswith("Part exceeded maximum size"):
        return problem_of(errors.TooLarge("a form field other than the file is over 1 MiB"))
    if isinstance(exc.__cause__, (UnicodeDecodeError, RecursionError, ValueError)):
        return problem_of(errors.InvalidRequest("the body can't be parsed as UTF-8 JSON or a form"))
    status = HTTPStatus(exc.status_code)
    # Not that of a missing post: callers of a wrong address learn that it is one.
    missing = status is HTTPStatus.NOT_FOUND
    slug = "unknown-path" if missing else status.phrase.lower().replace(" ", "-")
    return problem(status, slug, status.phrase, str(exc.detail), headers=exc.headers)


def _message(error: Mapping[str, Any]) -> str:
    if "Expected UploadFile" in error["msg"]:
        return "must be a file of a multipart/form-data body"
    return str(error["msg"])


async def _on_unexpected(request: Request, exc: Exception) -> JSONResponse:
    """A defect of ours: the caller learns that it is, the log learns the rest."""
    # The traceback is logged by the server, to which the framework raises it again.
    _LOG.error("%s %s failed: %r", request.method, request.url.path, exc)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return problem(status, "internal-error", status.phrase, "the request failed; see the log")
