"""Limits on how large and how slow a request's body may be, declared or chunked."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator.deadline import Deadline
from orchestrator.errors import SlowClient, TooLarge
from orchestrator.http.problems import problem_of


class BodyLimits:
    """ASGI middleware: what is over a limit is refused before the rest of it is read.

    The errors raised in `receive` reach `orchestrator.http.problems` through the framework's
    form parser, as the cause of what that raises.
    """

    def __init__(
        self, app: ASGIApp, *, max_bytes: int, timeout_s: float, idle_timeout_s: float
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._idle_timeout_s = idle_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._max_bytes:
            await problem_of(self._too_large())(scope, receive, send)
            return
        await self._app(scope, self._limited(receive), send)

    def _limited(self, receive: Receive) -> Receive:
        deadline = Deadline.after(self._timeout_s)
        received_bytes = 0
        complete = False

        async def limited() -> Message:
            nonlocal received_bytes, complete
            if complete:
                return await receive()
            patience_s = min(self._idle_timeout_s, deadline.remaining_s)
            try:
                message = await asyncio.wait_for(receive(), patience_s)
            except asyncio.TimeoutError as exc:
                raise SlowClient(f"no more of the body came within {patience_s:.1f} s") from exc
            received_bytes += len(message.get("body", b""))
            if received_bytes > self._max_bytes:
                raise self._too_large()
            complete = not message.get("more_body", False)
            return message

        return limited

    def _too_large(self) -> TooLarge:
        return TooLarge(f"the request's body is over {self._max_bytes:,} bytes")
