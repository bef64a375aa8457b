"""Ports are checked before anything starts."""

import socket

import pytest

from serving.errors import PortTakenError, SettingsError
from serving.ports import LOOPBACK, check_ports
from serving.settings import TritonSettings
from tests.support.triton import free_ports


@pytest.mark.parametrize("name", ["http", "grpc", "metrics"])
def test_a_taken_port_is_named_with_the_way_out(name: str) -> None:
    ports = dict(zip(("http", "grpc", "metrics"), free_ports(3), strict=True))
    settings = TritonSettings(
        http_port=ports["http"], grpc_port=ports["grpc"], metrics_port=ports["metrics"]
    )
    check_ports(settings)
    with socket.create_server((LOOPBACK, ports[name])), pytest.raises(PortTakenError) as caught:
        check_ports(settings)
    assert str(caught.value) == (
        f"port {ports[name]} of 127.0.0.1 is taken; choose another with --{name}-port"
        f" or FEEDLENS_TRITON_{name.upper()}_PORT"
    )


@pytest.mark.parametrize(
    ("one", "other"), [("http", "grpc"), ("http", "metrics"), ("grpc", "metrics")]
)
def test_two_ports_that_are_one_are_named(one: str, other: str) -> None:
    ports = dict(zip(("http", "grpc", "metrics"), free_ports(3), strict=True))
    ports[other] = ports[one]
    settings = TritonSettings(
        http_port=ports["http"], grpc_port=ports["grpc"], metrics_port=ports["metrics"]
    )
    with pytest.raises(SettingsError) as caught:
        check_ports(settings)
    assert str(caught.value) == (
        f"FEEDLENS_TRITON_{one.upper()}_PORT and FEEDLENS_TRITON_{other.upper()}_PORT are both"
        f" {ports[one]}; each needs a port of its own"
    )
