"""Ends the work on a request whose client has left, where only that client wants its result."""

import asyncio
from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class LeftClients:
    """ASGI middleware for `routes`, by method and path: of those that store nothing.

    Once a request's body is there, nothing but this reads from its connection.
    """

    def __init__(self, app: ASGIApp, *, routes: Collection[tuple[str, str]]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) not in self._routes:
            await self._app(scope, receive, send)
            return
        complete, is_answered = asyncio.Event(), False

        async def watched() -> Message:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False):
                complete.set()
            return message

        async def noted(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        working = asyncio.ensure_future(self._app(scope, watched, noted))
        leaving = asyncio.ensure_future(_left(complete, receive))
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
            # A connection says that it is over as soon as all is sent: what tidies up goes on.
            if working.done() or is_answered:
                await working
        finally:
            await _ended(working, leaving)


async def _left(complete: asyncio.Event, receive: Receive) -> None:
    """Until the client has left."""
    await complete.wait()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _ended(*tasks: asyncio.Future[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
