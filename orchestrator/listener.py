"""The orchestrator's port."""

import os
import socket

from orchestrator.errors import StartupError
from orchestrator.settings import Settings

_BACKLOG = 2048


def listen(settings: Settings) -> socket.socket:
    """Take the port; StartupError names it where it can't be had."""
    try:
        return socket.create_server((settings.host, settings.port), backlog=_BACKLOG)
    except OSError as exc:
        reason = os.strerror(exc.errno) if exc.errno else str(exc)
        raise StartupError(
            f"port {settings.port} on {settings.host} can't be had ({reason}); "
            "stop what uses it, or set FEEDLENS_PORT"
        ) from exc
