"""Connections to a server that keeps them open as long as it may."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from orchestrator.media.connections import Connections
from orchestrator.media.http_fetch import HttpFetcher
from orchestrator.media.parameters import MediaParameters

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Patient:
    """Which of the connections made are `open`, numbered as they came."""

    url: str = ""
    made: int = 0
    open: set[int] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = self.made
        self.made += 1
        self.open.add(number)
        try:
            while await reader.readline():
                await reader.readuntil(b"\r\n\r\n")
                writer.write(ANSWER)
        finally:
            self.open.discard(number)
            self.changed.set()
            writer.close()

    async def until_open(self, expected: set[int]) -> None:
        while self.open != expected:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), timeout=10)


@pytest.fixture
async def server() -> AsyncIterator[Patient]:
    patient = Patient()
    listening = await asyncio.start_server(patient.serve, "127.0.0.1", 0)
    patient.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    yield patient
    listening.close()
    await patient.until_open(set())


@pytest.fixture
async def connections(server: Patient) -> AsyncIterator[Connections]:
    opened = Connections(httpx.create_ssl_context(), most_names=2)
    yield opened
    await opened.close()


async def ask(transport: httpx.AsyncHTTPTransport, server: Patient) -> None:
    answer = await transport.handle_async_request(httpx.Request("GET", server.url))
    await answer.aread()


async def test_of_many_names_the_latest_stay_connected(
    connections: Connections, server: Patient
) -> None:
    for name in ("a", "b", "c", "b", "d", "b"):
        async with connections.to(name) as transport:
            await ask(transport, server)
    assert server.made == 4
    await server.until_open({1, 3})


async def test_what_is_used_stays_open(connections: Connections, server: Patient) -> None:
    async with connections.to("a") as transport:
        await ask(transport, server)
        for name in ("b", "c", "d"):
            async with connections.to(name) as other:
                await ask(other, server)
        await ask(transport, server)
        assert server.made == 4
        await server.until_open({0, 3})


async def test_no_name_uses_the_connection_of_another(
    connections: Connections, server: Patient
) -> None:
    for name in ("a", "b"):
        async with connections.to(name) as transport:
            await ask(transport, server)
    assert server.open == {0, 1}


async def test_media_of_many_hosts_leave_few_connections(
    server: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    original = loop.getaddrinfo

    async def resolve(host: Any, port: Any, **options: Any) -> Any:
        if str(host).endswith(".example"):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        return await original(host, port, **options)

    monkeypatch.setattr(loop, "getaddrinfo", resolve)
    parameters = MediaParameters(
        allowed_hosts=("*.example",), private_networks=("127.0.0.1/32",), timeout_s=10
    )
    fetcher = HttpFetcher(parameters)
    for number in range(40):
        await fetcher.fetch(server.url.replace("127.0.0.1", f"cdn{number}.example"))
    try:
        await server.until_open(set(range(8, 40)))
    finally:
        await fetcher.close()
