"""Media behind HTTP addresses: from listed hosts, and from no address but public ones."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from orchestrator.media.addresses import check_address
from orchestrator.media.connections import Connections
from orchestrator.media.errors import (
    BadAddress,
    BadStatus,
    HostNotAllowed,
    MediaError,
    Oversized,
    RedirectRefused,
    TooSlow,
    Undecodable,
    Unreachable,
)
from orchestrator.media.locations import PORTS, read_address
from orchestrator.media.parameters import MediaParameters

_MAX_REDIRECTS = 5
_HEADERS = {"Accept": "image/*, video/*", "Accept-Encoding": "identity", "User-Agent": "feedlens"}
_IDENTITY = {"", "identity"}


@dataclass(frozen=True, slots=True)
class _Place:
    """An address that was checked, and the name that leads there."""

    url: httpx.URL
    host: str
    addresses: tuple[str, ...]


class HttpFetcher:
    """Resolves names itself, and connects to the address that it has checked.

    So that no other answer of the name's server comes in between. Every redirect is checked as
    the first address is.
    """

    def __init__(self, parameters: MediaParameters) -> None:
        self._parameters = parameters
        self._networks = parameters.networks
        self._timeout = httpx.Timeout(parameters.idle_timeout_s).as_dict()
        self._connections = Connections(httpx.create_ssl_context())

    async def fetch(self, address: str) -> bytes:
        """The medium behind an http or https address.

        Raises BadAddress, HostNotAllowed, PrivateAddress, RedirectRefused, Unreachable,
        BadStatus, TooSlow, Oversized, or Undecodable for an answer that is packed.
        """
        timeout_s = self._parameters.timeout_s
        try:
            return await asyncio.wait_for(self._follow(address), timeout_s)
        except asyncio.TimeoutError as exc:
            raise TooSlow(f"{address} was not there within {timeout_s:g} s") from exc

    async def check(self, address: str) -> None:
        """Raises what `fetch` would before it connects."""
        await self._locate(read_address(address))

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()

    async def _follow(self, address: str) -> bytes:
        place = await self._locate(read_address(address))
        for _ in range(_MAX_REDIRECTS + 1):
            async with self._ask(place) as answer:
                if not answer.has_redirect_location:
                    return await self._body(answer, place)
                target = answer.headers["location"]
            place = await self._redirected(place, target)
        raise RedirectRefused(f"{address} redirects more than {_MAX_REDIRECTS} times")

    async def _redirected(self, place: _Place, target: str) -> _Place:
        try:
            url = place.url.join(target)
            if place.url.scheme == "https" and url.scheme == "http":
                raise BadAddress("from https to http")
            return await self._locate(read_address(str(url)))
        except (MediaError, httpx.InvalidURL, ValueError) as exc:
            raise RedirectRefused(f"{place.url} redirects to {target[:200]!r}: {exc}") from exc

    async def _locate(self, url: httpx.URL) -> _Place:
        """Where `url` leads, if that may be fetched from."""
        host = url.raw_host.decode("ascii")
        self._check_host(host)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, url.port or PORTS[url.scheme], type=socket.SOCK_STREAM
            )
        except (OSError, ValueError) as exc:
            raise Unreachable(f"{host} has no address: {exc}") from exc
        addresses = tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
        for address in addresses:
            check_address(address, self._networks)
        return _Place(url, host, addresses)

    def _check_host(self, host: str) -> None:
        allowed = self._parameters.allowed_hosts
        if not allowed:
            raise HostNotAllowed(
                f"nothing is fetched over HTTP; name {host} with FEEDLENS_MEDIA__ALLOWED_HOSTS"
            )
        if not any(_covers(entry.lower(), host) for entry in allowed):
            raise HostNotAllowed(f"{host} is none of {', '.join(allowed)}")

    @asynccontextmanager
    async def _ask(self, place: _Place) -> AsyncIterator[httpx.Response]:
        """The head of the answer; its body is read as it comes."""
        try:
            async with self._connections.to(place.host) as transport:
                answer = await self._first_answer(transport, place)
                try:
                    yield answer
                finally:
                    await answer.aclose()
        except httpx.TimeoutException as exc:
            idle_s = self._parameters.idle_timeout_s
            raise TooSlow(f"{place.url} sent nothing for {idle_s:g} s") from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise Unreachable(f"{place.url}: {exc or type(exc).__name__}") from exc

    async def _first_answer(
        self, transport: httpx.AsyncHTTPTransport, place: _Place
    ) -> httpx.Response:
        """Of the first of the name's addresses that can be connected to."""
        headers = {**_HEADERS, "Host": place.url.netloc.decode()}
        extensions = {"sni_hostname": place.host, "timeout": self._timeout}
        for number, address in enumerate(place.addresses, start=1):
            url = place.url.copy_with(host=address)
            request = httpx.Request("GET", url, headers=headers, extensions=extensions)
            try:
                # A client would read where it redirects to, and fail at what is no address.
                return await transport.handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if number == len(place.addresses):
                    raise
        raise Unreachable(f"{place.host} has no address")

    async def _body(self, answer: httpx.Response, place: _Place) -> bytes:
        if answer.status_code != httpx.codes.OK:
            raise BadStatus(
                f"{place.url} answered {answer.status_code} {answer.reason_phrase}",
                status=answer.status_code,
            )
        packing = answer.headers.get("content-encoding", "").strip().lower()
        if packing not in _IDENTITY:
            raise Undecodable(f"{place.url} answered with {packing}, which was not asked for")
        body = bytearray()
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > self._parameters.max_bytes:
                raise Oversized(
                    f"{place.url} is over {self._parameters.max_bytes:,} bytes, which are accepted"
                )
        return bytes(body)


def _covers(entry: str, host: str) -> bool:
    if entry.startswith("*."):
        return host.endswith(entry[1:])
    return host == entry
