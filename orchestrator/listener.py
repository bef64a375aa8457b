"""The orchestrator's port."""

import errno
import socket

from orchestrator.errors import StartupError
from orchestrator.settings import Settings

_BACKLOG = 2048


def listen(settings: Settings) -> socket.socket:
    """Take the port; StartupError names it where it can't be had."""
    try:
        return socket.create_server((settings.host, settings.port), backlog=_BACKLOG)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            reason = "is taken; stop what uses it, or set FEEDLENS_PORT"
        else:
            reason = f"can't be had ({exc.strerror}); set FEEDLENS_HOST and FEEDLENS_PORT"
        raise StartupError(f"port {settings.port} on {settings.host} {reason}") from exc
