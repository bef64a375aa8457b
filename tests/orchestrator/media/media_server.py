"""An HTTP server of this machine that answers as a test wants, well or badly."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class MediaServer:
    """`answers` by path; `requests` holds the heads of all requests."""

    port: int
    answers: dict[str, Answer]
    requests: list[str] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


def body(content: bytes, status: str = "200 OK", **headers: str) -> Answer:
    """A whole answer; a header's underscores are hyphens, `Content_Length` may lie."""
    given = {"Content-Length": str(len(content))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head(status, given) + content)
        await writer.drain()

    return answer


def redirect(target: str) -> Answer:
    return body(b"", "302 Found", Location=target)


def head(status: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


async def endless(writer: asyncio.StreamWriter) -> None:
    """A body that says that it is short, and never ends."""
    writer.write(head("200 OK", {"Content-Type": "image/png"}))
    while not writer.is_closing():
        writer.write(bytes(65_536))
        await writer.drain()


async def dripping(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, so that it is never idle."""
    writer.write(head("200 OK", {"Content-Length": "1000"}))
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silent(writer: asyncio.StreamWriter) -> None:
    """The head, and nothing more."""
    writer.write(head("200 OK", {"Content-Length": "1000"}))
    await writer.drain()
    await asyncio.sleep(60)


async def broken(writer: asyncio.StreamWriter) -> None:
    """Half of what it promised."""
    writer.write(head("200 OK", {"Content-Length": "1000"}) + bytes(500))


@asynccontextmanager
async def serve_media(
    answers: Mapping[str, Answer], tls: ssl.SSLContext | None = None
) -> AsyncIterator[MediaServer]:
    """One for the length of a test."""
    served = MediaServer(0, dict(answers))
    tasks: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A client that leaves is none of a test's business.
        with suppress(OSError, asyncio.IncompleteReadError):
            try:
                request = (await reader.readuntil(b"\r\n\r\n")).decode()
                served.requests.append(request)
                path = request.split(" ", 2)[1]
                await served.answers.get(path, body(b"no", "404 Not Found"))(writer)
            finally:
                writer.close()
                await writer.wait_closed()

    def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.ensure_future(answer(reader, writer)))

    server = await asyncio.start_server(on_connection, "127.0.0.1", 0, ssl=tls)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
