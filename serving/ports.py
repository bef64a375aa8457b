"""The ports of the local Triton, checked before anything is started."""

import socket

from serving.errors import PortTakenError
from serving.settings import TritonSettings

LOOPBACK = "127.0.0.1"


def check_ports(settings: TritonSettings) -> None:
    """Makes sure that Triton will find its three ports free.

    Raises:
        PortTakenError: one of them is in use; the message names it and how to choose another.
    """
    for name in ("http", "grpc", "metrics"):
        port = getattr(settings, f"{name}_port")
        if not is_free(port):
            raise PortTakenError(
                f"port {port} of {LOOPBACK} is taken; choose another with --{name}-port"
                f" or FEEDLENS_TRITON_{name.upper()}_PORT"
            )


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback interface now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
