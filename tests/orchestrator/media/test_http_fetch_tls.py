"""TLS: an address is connected to, and the certificate is still asked for by name."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from orchestrator.media.errors import RedirectRefused, Unreachable
from orchestrator.media.http_fetch import HttpFetcher
from orchestrator.media.parameters import MediaParameters
from tests.orchestrator.media.media_server import body, redirect, serve_media

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl makes the certificate of these tests"
)
NAMES = ("media.example", "other.example")


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of media.example, trusted by this process alone."""
    path = tmp_path / "media.pem"
    openssl = shutil.which("openssl") or ""
    subject = ["-subj", "/CN=media.example", "-addext", "subjectAltName=DNS:media.example"]
    made = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    files = ["-keyout", str(path), "-out", str(tmp_path / "public.pem")]
    subprocess.run([openssl, "req", *made, *subject, *files], check=True, capture_output=True)
    with path.open("a") as both:
        both.write((tmp_path / "public.pem").read_text())
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


@pytest.fixture
async def fetcher(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Both names lead to this machine."""
    loop = asyncio.get_running_loop()
    original = loop.getaddrinfo

    async def resolve(host: Any, port: Any, **options: Any) -> Any:
        if host in NAMES:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        return await original(host, port, **options)

    monkeypatch.setattr(loop, "getaddrinfo", resolve)
    opened = HttpFetcher(
        MediaParameters(allowed_hosts=NAMES, private_networks=("127.0.0.1/32",), timeout_s=10)
    )
    yield opened
    await opened.close()


def context(certificate: Path) -> ssl.SSLContext:
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)
    return served


async def test_the_certificate_is_that_of_the_name(fetcher: HttpFetcher, certificate: Path) -> None:
    async with serve_media({"/cat.jpg": body(b"a cat")}, context(certificate)) as server:
        url = f"https://media.example:{server.port}/cat.jpg"
        assert await fetcher.fetch(url) == b"a cat"
        with pytest.raises(Unreachable, match=r"not valid for 'other\.example'"):
            await fetcher.fetch(url.replace("media", "other"))


async def test_a_redirect_out_of_tls_is_refused(fetcher: HttpFetcher, certificate: Path) -> None:
    target = redirect("http://media.example/cat.jpg")
    async with serve_media({"/cat.jpg": target}, context(certificate)) as server:
        with pytest.raises(RedirectRefused, match="from https to http"):
            await fetcher.fetch(f"https://media.example:{server.port}/cat.jpg")
