"""HTTP connections that do not wait for ever for a request's head."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


def impatient_protocol(head_timeout_s: float) -> type[HttpToolsProtocol]:
    """uvicorn's protocol, which closes a connection whose head does not arrive in time.

    uvicorn itself limits how long a connection may idle between requests, not how long a first
    request or a head that has begun may take.
    """

    class ImpatientProtocol(HttpToolsProtocol):
        _head_timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._start_timer()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_timer()
            super().connection_lost(exc)

        def on_message_begin(self) -> None:
            super().on_message_begin()
            if self._head_timer is None:
                self._start_timer()

        def on_headers_complete(self) -> None:
            self._stop_timer()
            super().on_headers_complete()

        def _start_timer(self) -> None:
            self._head_timer = self.loop.call_later(head_timeout_s, self.transport.close)

        def _stop_timer(self) -> None:
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None

    return ImpatientProtocol
