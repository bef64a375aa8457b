"""Connections kept to the hosts that media were last fetched from."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

_MOST_NAMES = 32
_MOST_IDLE = 8
"""Connections that are kept open to one name."""


@dataclass(slots=True)
class _Kept:
    transport: httpx.AsyncHTTPTransport
    users: int = 0


class Connections:
    """A transport a name: a connection that was opened for one never answers for another.

    Beyond `most_names`, those that nobody uses are closed, the least lately used first. Environment
    variables name no proxy: it would connect to where it wants.
    """

    def __init__(self, certificates: ssl.SSLContext, *, most_names: int = _MOST_NAMES) -> None:
        self._certificates = certificates
        self._most_names = most_names
        # The last is the latest used.
        self._kept: dict[str, _Kept] = {}

    @asynccontextmanager
    async def to(self, name: str) -> AsyncIterator[httpx.AsyncHTTPTransport]:
        """A transport for requests to `name`, open as long as it is used."""
        kept = self._kept.pop(name, None) or _Kept(self._open())
        self._kept[name] = kept
        kept.users += 1
        try:
            yield kept.transport
        finally:
            kept.users -= 1
            await self._close_oldest()

    async def close(self) -> None:
        """Close all."""
        while self._kept:
            _, kept = self._kept.popitem()
            await kept.transport.aclose()

    async def _close_oldest(self) -> None:
        unused = [name for name, kept in self._kept.items() if not kept.users]
        surplus = max(0, len(self._kept) - self._most_names)
        for kept in [self._kept.pop(name) for name in unused[:surplus]]:
            await kept.transport.aclose()

    def _open(self) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=_MOST_IDLE)
        return httpx.AsyncHTTPTransport(verify=self._certificates, trust_env=False, limits=limits)
