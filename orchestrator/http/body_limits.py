"""Limits on how large and how slow a request's body may be, declared or chunked."""

import asyncio
import time
from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator.deadline import Deadline
from orchestrator.errors import SlowClient, TooLarge
from orchestrator.http.problems import problem_of

Route = tuple[str, str]
"""A method and a path."""


class BodyLimits:
    """ASGI middleware: what is over a limit is refused before the rest of it is read.

    Bodies have `max_bytes`, those of routes in `larger` as many as stand there; `timeout_s` is for
    each `max_bytes` of a body. The errors raised in `receive` reach `orchestrator.http.problems`
    through the framework's form parser, as the cause of what that raises.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        timeout_s: float,
        idle_timeout_s: float,
        larger: Mapping[Route, int] = MappingProxyType({}),
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger
        self._timeout_s = timeout_s
        self._idle_timeout_s = idle_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._larger.get((scope["method"], scope["path"]), self._max_bytes)
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > most:
            await problem_of(_too_large(most))(scope, receive, send)
            return
        await self._app(scope, self._limited(receive, most), send)

    def _limited(self, receive: Receive, most: int) -> Receive:
        start_s = time.monotonic()
        received_bytes = 0
        complete = False

        async def limited() -> Message:
            nonlocal received_bytes, complete
            if complete:
                return await receive()
            granted_s = self._timeout_s * (1 + received_bytes // self._max_bytes)
            patience_s = min(self._idle_timeout_s, Deadline(start_s + granted_s).remaining_s)
            try:
                message = await asyncio.wait_for(receive(), patience_s)
            except asyncio.TimeoutError as exc:
                raise SlowClient(f"no more of the body came within {patience_s:.1f} s") from exc
            received_bytes += len(message.get("body", b""))
            if received_bytes > most:
                raise _too_large(most)
            complete = not message.get("more_body", False)
            return message

        return limited


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"the request's body is over {most:,} bytes")
