import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from orchestrator.media.errors import (
    BadAddress,
    BadStatus,
    HostNotAllowed,
    MediaError,
    Oversized,
    PrivateAddress,
    RedirectRefused,
    TooSlow,
    Undecodable,
    Unreachable,
)
from orchestrator.media.http_fetch import HttpFetcher
from orchestrator.media.parameters import MediaParameters
from tests.orchestrator.media.media_server import (
    MediaServer,
    body,
    broken,
    dripping,
    endless,
    redirect,
    serve_media,
    silent,
)
from tests.support.triton import free_ports

LOOPBACK = ("127.0.0.0/8", "::1/128")


@asynccontextmanager
async def open_fetcher(**changes: Any) -> AsyncIterator[HttpFetcher]:
    given: dict[str, Any] = {
        "allowed_hosts": ("127.0.0.1", "localhost"),
        "private_networks": LOOPBACK,
        "max_bytes": 100_000,
        **changes,
    }
    fetcher = HttpFetcher(MediaParameters(**given))
    try:
        yield fetcher
    finally:
        await fetcher.close()


@pytest.fixture
async def server() -> AsyncIterator[MediaServer]:
    answers = {
        "/cat.jpg": body(b"a cat"),
        "/endless": endless,
        "/dripping": dripping,
        "/silent": silent,
        "/broken": broken,
        "/huge": body(b"", Content_Length="2147483648"),
        "/lying": body(bytes(200_000), Content_Length="200000", Content_Type="image/png"),
        "/zipped": body(b"\x1f\x8b", Content_Encoding="gzip"),
        "/relative": redirect("/cat.jpg"),
        "/circle": redirect("/circle"),
        "/to-file": redirect("file:///etc/passwd"),
        "/to-metadata": redirect("http://169.254.169.254/latest/meta-data"),
        "/to-other-host": redirect("http://evil.example/cat.jpg"),
        "/nowhere": redirect("http://[::1"),
        "/no-name": redirect("http://xn--a/"),
        "/script": redirect("javascript:alert(1)"),
    }
    async with serve_media(answers) as served:
        yield served


async def test_a_medium_is_fetched_from_a_listed_host(server: MediaServer) -> None:
    async with open_fetcher() as fetcher:
        assert await fetcher.fetch(server.url("/cat.jpg")) == b"a cat"
        assert await fetcher.fetch(server.url("/relative")) == b"a cat"


async def test_the_name_stays_in_the_request_though_an_address_is_connected_to(
    server: MediaServer,
) -> None:
    async with open_fetcher() as fetcher:
        await fetcher.fetch(server.url("/cat.jpg", host="localhost"))
    (request,) = server.requests
    assert f"Host: localhost:{server.port}\r\n" in request
    assert "Accept-Encoding: identity\r\n" in request


async def test_hosts_are_listed_by_name_or_by_what_is_above_them() -> None:
    async with open_fetcher(allowed_hosts=("cdn.example", "*.below.example")) as fetcher:
        for host in ("evil.example", "xcdn.example", "below.example", "a.cdn.example"):
            with pytest.raises(HostNotAllowed, match=f"{host} is none of cdn.example"):
                await fetcher.check(f"http://{host}/cat.jpg")
        # Listed: what fails is the name's lookup.
        for host in ("CDN.example", "a.below.example", "b.a.below.example"):
            with pytest.raises(Unreachable, match="has no address"):
                await fetcher.check(f"http://{host}/cat.jpg")


@pytest.mark.parametrize("host", ["xn--a", "xn--0.cdn.example"])
async def test_a_name_that_can_not_be_decoded_is_a_name(host: str) -> None:
    async with open_fetcher() as fetcher:
        with pytest.raises(HostNotAllowed, match=f"^{host} is none of"):
            await fetcher.check(f"http://{host}/cat.jpg")


async def test_without_a_list_nothing_is_fetched(server: MediaServer) -> None:
    async with open_fetcher(allowed_hosts=()) as fetcher:
        with pytest.raises(
            HostNotAllowed, match=r"127\.0\.0\.1 with FEEDLENS_MEDIA__ALLOWED_HOSTS"
        ):
            await fetcher.fetch(server.url("/cat.jpg"))
    assert server.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433"])
async def test_a_private_address_is_not_connected_to(server: MediaServer, host: str) -> None:
    async with open_fetcher(allowed_hosts=(host,), private_networks=()) as fetcher:
        for ask in (fetcher.fetch, fetcher.check):
            with pytest.raises(PrivateAddress, match="is not a public address"):
                await ask(server.url("/cat.jpg", host=host))
    assert server.requests == []


async def test_a_name_that_changes_its_address_after_the_check_gains_nothing(
    server: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the name looked up again to connect, the second answer would lead elsewhere."""
    looked_up: list[str] = []

    async def resolve(host: str, port: int, **_: object) -> list[Any]:
        looked_up.append(host)
        address = "127.0.0.1" if len(looked_up) == 1 else "203.0.113.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    async with open_fetcher(allowed_hosts=("media.example",)) as fetcher:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", _only(resolve))
        assert await fetcher.fetch(server.url("/cat.jpg", host="media.example")) == b"a cat"
    assert looked_up == ["media.example"]


def _only(resolve: Any) -> Any:
    """`resolve` for names; the loop itself asks of the addresses that it connects to."""
    original = asyncio.get_running_loop().getaddrinfo

    async def ask(host: Any, port: Any, **options: Any) -> Any:
        is_name = isinstance(host, str) and host.endswith(".example")
        return await (resolve if is_name else original)(host, port, **options)

    return ask


async def test_one_private_address_among_others_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def resolve(host: str, port: int, **_: object) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("93.184.216.34", "10.0.0.1")
        ]

    async with open_fetcher(allowed_hosts=("media.example",)) as fetcher:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", _only(resolve))
        with pytest.raises(PrivateAddress, match=r"^10\.0\.0\.1 is"):
            await fetcher.fetch("http://media.example/cat.jpg")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/to-file", "'file:///etc/passwd': .* is no http or https address"),
        ("/to-metadata", r"169\.254\.169\.254 is none of"),
        ("/to-other-host", r"evil\.example is none of"),
        ("/circle", "more than 5 times"),
        ("/nowhere", r"'http://\[::1': Invalid port"),
        ("/no-name", "'http://xn--a/': xn--a is none of"),
        ("/script", r"'javascript:alert\(1\)': .* is no http or https address"),
    ],
)
async def test_redirects_are_checked_as_the_first_address(
    server: MediaServer, path: str, message: str
) -> None:
    async with open_fetcher() as fetcher:
        with pytest.raises(RedirectRefused, match=message):
            await fetcher.fetch(server.url(path))


async def test_a_redirect_to_a_private_address_of_a_listed_host_is_refused(
    server: MediaServer,
) -> None:
    server.answers["/inward"] = redirect(server.url("/cat.jpg", host="127.0.0.2"))
    hosts = ("127.0.0.1", "127.0.0.2")
    async with open_fetcher(allowed_hosts=hosts, private_networks=("127.0.0.1/32",)) as fetcher:
        with pytest.raises(RedirectRefused, match=r"127\.0\.0\.2 is not a public address"):
            await fetcher.fetch(server.url("/inward"))
    assert len(server.requests) == 1


@pytest.mark.parametrize("path", ["/endless", "/lying"])
async def test_what_is_over_the_limit_is_not_read_to_its_end(
    server: MediaServer, path: str
) -> None:
    async with open_fetcher() as fetcher:
        with pytest.raises(Oversized, match="is over 100,000 bytes"):
            await fetcher.fetch(server.url(path))


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        ("/gone", BadStatus, "answered 404 Not Found"),
        ("/zipped", Undecodable, "answered with gzip"),
        ("/broken", Unreachable, "/broken: "),
        ("/huge", Unreachable, "/huge: "),
    ],
)
async def test_bad_answers_are_named(
    server: MediaServer, path: str, kind: type[MediaError], message: str
) -> None:
    async with open_fetcher() as fetcher:
        with pytest.raises(kind, match=message):
            await fetcher.fetch(server.url(path))


async def test_a_silent_server_is_left_after_the_idle_time(server: MediaServer) -> None:
    async with open_fetcher(idle_timeout_s=0.2) as fetcher:
        with pytest.raises(TooSlow, match=r"sent nothing for 0\.2 s"):
            await fetcher.fetch(server.url("/silent"))


async def test_a_server_that_drips_is_left_after_the_whole_time(server: MediaServer) -> None:
    async with open_fetcher(timeout_s=0.3) as fetcher:
        with pytest.raises(TooSlow, match=r"was not there within 0\.3 s"):
            await fetcher.fetch(server.url("/dripping"))


async def test_a_host_that_is_down_is_named() -> None:
    (port,) = free_ports(1)
    async with open_fetcher() as fetcher:
        with pytest.raises(Unreachable, match=f"127.0.0.1:{port}/x: "):
            await fetcher.fetch(f"http://127.0.0.1:{port}/x")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://ann:secret@127.0.0.1/cat.jpg", "holds credentials"),
        ("http://", "is no http or https address"),
        ("http://[::1", "is no address"),
        ("http://\N{ZERO WIDTH JOINER}.example/x", "is no address"),
        ("http://127.0.0.1/\ud800", "is no address"),
        ("http://127.0.0.1:99999/x", "has no port between"),
        ("http://127.0.0.1:0/x", "has no port between"),
    ],
)
async def test_addresses_that_are_none_are_named(address: str, message: str) -> None:
    async with open_fetcher() as fetcher:
        with pytest.raises(BadAddress, match=message) as caught:
            await fetcher.fetch(address)
    assert "secret" not in caught.value.detail


async def test_proxies_of_the_environment_are_not_used(
    server: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with open_fetcher() as fetcher:
        assert await fetcher.fetch(server.url("/cat.jpg")) == b"a cat"
