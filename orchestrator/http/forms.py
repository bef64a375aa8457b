"""Forms whose fields are read as what they are, or refused: Starlette guesses latin-1 instead."""

import codecs
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import Request, Response
from fastapi.routing import APIRoute
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.routing import Match
from starlette.types import Scope

from orchestrator.errors import InvalidRequest, Unavailable

_MULTIPART = b"multipart/form-data"


class FormRoute(APIRoute):
    """A route that refuses a form whose text can't be decoded, with InvalidRequest."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of every request."""
        answer = super().get_route_handler()

        async def answer_strictly(request: Request) -> Response:
            return await answer(_StrictRequest(request.scope, request.receive))

        return answer_strictly


class MultipartRoute(FormRoute):
    """A form's route that leaves requests with other bodies to the next route of its path."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether path, method and content type are this route's."""
        kind, _ = parse_options_header(Headers(scope=scope).get("content-type"))
        return super().matches(scope) if kind == _MULTIPART else (Match.NONE, {})


class _StrictMultiPart(MultiPartParser):
    def on_part_end(self) -> None:
        part = self._current_part
        if part.file is None:
            _decode(part.field_name, part.data, self._charset)
        super().on_part_end()


class _StrictUrlEncoded(FormParser):
    """By callbacks alone: what else is in a parser differs between versions of Starlette."""

    def __init__(self, headers: Headers, stream: AsyncGenerator[bytes, None], **limits: Any):
        super().__init__(headers, stream, **limits)
        self._encoded: list[bytearray] = []

    def on_field_start(self) -> None:
        super().on_field_start()
        self._encoded.append(bytearray())

    def on_field_data(self, data: bytes, start: int, end: int) -> None:
        super().on_field_data(data, start, end)
        self._encoded[-1] += data[start:end]

    async def parse(self) -> FormData:
        guessed = (await super().parse()).multi_items()
        values = (unquote_to_bytes(bytes(one.replace(b"+", b" "))) for one in self._encoded)
        return FormData(
            [
                (name, _decode(name, value, "utf-8"))
                for (name, _), value in zip(guessed, values, strict=True)
            ]
        )


class _StrictRequest(Request):
    async def _get_form(self, **limits: Any) -> FormData:
        if self._form is None:
            self._form = await self._parse(**limits)
        return self._form

    async def _parse(
        self, *, max_files: int | float, max_fields: int | float, max_part_size: int
    ) -> FormData:
        kind, parameters = parse_options_header(self.headers.get("Content-Type"))
        try:
            async with aclosing(self.stream()) as stream:
                if kind == _MULTIPART:
                    _check_charset(parameters.get(b"charset", b"utf-8"))
                    return await _StrictMultiPart(
                        self.headers,
                        stream,
                        max_files=max_files,
                        max_fields=max_fields,
                        max_part_size=max_part_size,
                    ).parse()
                if kind == b"application/x-www-form-urlencoded":
                    return await _StrictUrlEncoded(
                        self.headers, stream, max_fields=max_fields, max_part_size=max_part_size
                    ).parse()
                return FormData()
        except MultiPartException as exc:
            raise HTTPException(400, exc.message) from exc
        except OSError as exc:
            raise no_room(exc) from exc


def no_room(exc: OSError) -> Unavailable:
    """What is answered where a file of a form can't be put on disk."""
    return Unavailable(f"the upload can't be put on disk now: {exc.strerror}; try again later")


def _check_charset(name: bytes) -> None:
    try:
        codecs.lookup(name.decode("latin-1"))
    except (LookupError, ValueError) as exc:
        raise InvalidRequest("the form's charset is not known; send UTF-8") from exc


def _decode(field: str, value: bytes | bytearray, charset: str) -> str:
    try:
        return value.decode(charset)
    except (ValueError, LookupError) as exc:
        message = f"is not {charset.upper()} text"
        where = f"body.{field[:100]}"
        raise InvalidRequest(
            f"{where}: {message}", members={"errors": [{"where": where, "message": message}]}
        ) from exc
