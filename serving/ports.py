"""Where Triton listens, checked before anything is started, and where it is found then."""

import socket
from ipaddress import IPv4Address
from itertools import combinations

from serving.errors import PortTakenError, SettingsError
from serving.settings import TritonSettings, environment_name

LOOPBACK = "127.0.0.1"
_NAMES = ("http", "grpc", "metrics")


def reachable_at(address: IPv4Address) -> str:
    """The host under which this machine reaches a server that listens on `address`."""
    return LOOPBACK if address.is_unspecified else str(address)


def check_ports(settings: TritonSettings) -> None:
    """Makes sure that Triton will find its three ports free.

    Raises:
        SettingsError: two of them are the same; the message names both.
        PortTakenError: one of them is in use; the message names it and how to choose another.
    """
    for one, other in combinations(_NAMES, 2):
        if (port := getattr(settings, f"{one}_port")) == getattr(settings, f"{other}_port"):
            raise SettingsError(
                f"{environment_name(f'{one}_port')} and {environment_name(f'{other}_port')} are"
                f" both {port}; each needs a port of its own"
            )
    for name in _NAMES:
        port = getattr(settings, f"{name}_port")
        if not is_free(port, settings.address):
            raise PortTakenError(
                f"port {port} of {settings.address} is taken; choose another with --{name}-port"
                f" or FEEDLENS_TRITON_{name.upper()}_PORT"
            )


def is_free(port: int, address: IPv4Address) -> bool:
    """Whether a server could listen on this port of `address` now; no, if that is not ours."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((str(address), port))
        except OSError:
            return False
    return True
