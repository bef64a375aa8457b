"""Serves a stack's commands over HTTP, for tests in another language."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from tests.support.controlled_stack import ControlledStack
from tests.support.loopback import Post, listening


@contextmanager
def control(stack: ControlledStack) -> Iterator[dict[str, str]]:
    """Starts the stack and serves its commands; what a test's environment says of both.

    A command is the path that is posted to, with its arguments; it is done when it is answered.
    """

    def answer(post: Post) -> tuple[int, bytes]:
        asked = urlsplit(post.path)
        try:
            stack.do(asked.path.removeprefix("/"), dict(parse_qsl(asked.query)))
        except Exception as exc:  # noqa: BLE001 - the test that asked is told, whatever it is
            return HTTPStatus.INTERNAL_SERVER_ERROR, json.dumps({"error": repr(exc)}).encode()
        return HTTPStatus.OK, b"{}"

    with listening(answer) as url:
        try:
            stack.start()
            yield {"EMBEDDING_SERVER_URL": stack.url, "FEEDLENS_CONTROL_URL": url}
        finally:
            stack.stop()
