"""Requests of clients that have left."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from orchestrator.app import STORING_NOTHING
from orchestrator.http.left_clients import LeftClients

SCOPE: Scope = {"type": "http", "method": "POST", "path": "/extract-ocr"}


class Client:
    """Sends a body in two parts; leaves when `left` is set. `ended` says how the work did."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.sent: list[Message] = []
        self.ended = ""
        self._parts = [(b"one", True), (b"two", False)]

    async def receive(self) -> Message:
        if self._parts:
            body, more = self._parts.pop(0)
            return {"type": "http.request", "body": body, "more_body": more}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def ask(self, work_s: float, scope: Scope = SCOPE) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            body = (await receive())["body"] + (await receive())["body"]
            try:
                await asyncio.sleep(work_s)
            except asyncio.CancelledError:
                self.ended = "cancelled"
                raise
            self.ended = "done"
            await send({"type": "http.response.body", "body": body})

        await LeftClients(app, routes=STORING_NOTHING)(scope, self.receive, self.send)


async def test_who_stays_is_answered() -> None:
    client = Client()
    await client.ask(0)
    assert client.sent == [{"type": "http.response.body", "body": b"onetwo"}]


async def test_the_work_for_who_leaves_is_ended_and_nothing_is_raised() -> None:
    client = Client()
    asking = asyncio.create_task(client.ask(60))
    await asyncio.sleep(0.01)
    client.left.set()
    await asyncio.wait_for(asking, 5)
    assert (client.ended, client.sent) == ("cancelled", [])


async def test_what_is_stored_is_stored_for_who_has_left_too() -> None:
    client = Client()
    client.left.set()
    await client.ask(0.01, {**SCOPE, "path": "/v1/media"})
    assert client.ended == "done"


async def test_what_tidies_up_after_the_answer_is_not_ended() -> None:
    client = Client()
    tidied: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await receive()
        await send({"type": "http.response.body", "body": b""})
        client.left.set()
        await asyncio.sleep(0.01)
        tidied.append(True)

    await LeftClients(app, routes=STORING_NOTHING)(SCOPE, client.receive, client.send)
    assert tidied == [True]


async def test_an_error_is_passed_on() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError("broken")

    client = Client()
    app = LeftClients(broken, routes=STORING_NOTHING)
    with pytest.raises(LookupError, match="broken"):
        await app(SCOPE, client.receive, client.send)


async def test_who_is_ended_meanwhile_ends_the_work() -> None:
    client = Client()
    asking = asyncio.create_task(client.ask(60))
    await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert client.ended == "cancelled"
