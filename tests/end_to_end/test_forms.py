"""A form whose text can't be decoded is refused with the field's name, and stores nothing."""

import httpx
import pytest

from tests.support.orchestrator import ServedOrchestrator
from tests.support.problems import check_problem
from tests.support.uploads import plain

pytestmark = pytest.mark.usefixtures("the_next_request_is_fine")


def form_of(fields: dict[str, bytes], file: bytes | None = None) -> bytes:
    """A multipart body with the boundary x, of fields that hold any bytes."""
    head = b'--x\r\nContent-Disposition: form-data; name="%s"'
    parts = [head % name.encode() + b"\r\n\r\n" + value + b"\r\n" for name, value in fields.items()]
    if file is not None:
        parts.append(head % b"file" + b'; filename="f"\r\n\r\n' + file + b"\r\n")
    return b"".join(parts) + b"--x--\r\n"


def post_form(
    stack: ServedOrchestrator, path: str, body: bytes, charset: str | None = None
) -> httpx.Response:
    kind = "multipart/form-data; boundary=x" + (f"; charset={charset}" if charset else "")
    return stack.http.post(path, content=body, headers={"Content-Type": kind})


@pytest.mark.parametrize("field", ["media_id", "author_id", "caption", "created_at", "likes"])
@pytest.mark.parametrize("text", [b"Caf\xe9", b"\xff\xfe", b"\xed\xa0\x80", b"cut \xe2\x82"])
def test_a_post_with_a_field_that_is_not_utf_8(
    stack: ServedOrchestrator, field: str, text: bytes
) -> None:
    fields = {"media_id": b"bad", "author_id": b"ann", "caption": b"Fine", field: text}
    answer = post_form(stack, "/v1/media", form_of(fields, plain()))
    check_problem(answer, 422, f"body.{field}: is not UTF-8 text")
    assert answer.json()["errors"] == [{"where": f"body.{field}", "message": "is not UTF-8 text"}]
    # nor was it stored under what latin-1 makes of the id
    assert not stack.http.get(f"/v1/media/{text.decode('latin-1')}").is_success


def test_an_extraction_with_a_caption_that_is_not_utf_8(stack: ServedOrchestrator) -> None:
    body = form_of({"caption": b"Caf\xe9"}, plain())
    check_problem(post_form(stack, "/extract-multimodal", body), 422, "caption: is not UTF-8")


@pytest.mark.parametrize("field", ["media_id", "author_id", "caption"])
@pytest.mark.parametrize("text", [b"Caf%E9", b"Caf\xe9", b"%FF%FE", b"%ED%A0%80"])
def test_an_encoded_form_with_a_field_that_is_not_utf_8(
    stack: ServedOrchestrator, field: str, text: bytes
) -> None:
    fields = {"media_id": b"bad", "author_id": b"ann", "caption": b"Fine", field: text}
    body = b"&".join(name.encode() + b"=" + value for name, value in fields.items())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = stack.http.post("/v1/media", content=body, headers=headers)
    check_problem(answer, 422, f"body.{field}: is not UTF-8 text")


@pytest.mark.parametrize("charset", ["klingon", "hex"])
def test_a_form_in_a_charset_that_is_none(stack: ServedOrchestrator, charset: str) -> None:
    body = form_of({"media_id": b"bad", "author_id": b"ann", "caption": b"Caf\xe9"})
    check_problem(post_form(stack, "/v1/media", body, charset), 422, "")


@pytest.mark.parametrize(
    ("charset", "caption"), [("utf-7", b"+2D0-"), ("unicode_escape", b"\\ud83d")]
)
def test_a_form_in_a_charset_that_makes_no_text(
    stack: ServedOrchestrator, charset: str, caption: bytes
) -> None:
    body = form_of({"media_id": b"bad", "author_id": b"ann", "caption": caption})
    check_problem(post_form(stack, "/v1/media", body, charset), 422, "surrogate")
