"""What is wrong is told as problem+json, stores nothing, and leaves the next request fine."""

import json
import socket
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from PIL import Image

from tests.support.orchestrator import ServedOrchestrator
from tests.support.pictures import bomb, encoded
from tests.support.problems import check_problem
from tests.support.uploads import plain

pytestmark = pytest.mark.usefixtures("the_next_request_is_fine")

NOW = datetime.now(timezone.utc).isoformat()
TRUNCATED = encoded(Image.effect_noise((640, 480), 60).convert("RGB"), "JPEG")[:20_000]
BOMB = bomb(30_000, 30_000)


def _after(moment: str) -> dict[str, object]:
    return {"text": "x", "filter": {"created_after": moment}}


@pytest.mark.parametrize(
    ("file", "status", "detail"),
    [
        (b"This is no picture.", 422, "not a picture of a known kind"),
        (b"", 422, "empty"),
        (TRUNCATED, 422, "truncated"),
        (BOMB, 413, "at most 50,000,000"),
    ],
    ids=["not an image", "empty", "truncated", "bomb"],
)
@pytest.mark.parametrize("path", ["/extract-multimodal", "/extract-ocr", "/v1/media"])
def test_a_file_that_is_no_good(
    stack: ServedOrchestrator, path: str, file: bytes, status: int, detail: str
) -> None:
    form = {"media_id": "bad", "author_id": "ann"} if path == "/v1/media" else {}
    answer = stack.http.post(path, data=form, files={"file": ("x.jpg", file)})
    check_problem(answer, status, detail)


def test_the_bomb_is_small() -> None:
    assert len(BOMB) < 120_000


def test_a_body_of_60_mb(stack: ServedOrchestrator) -> None:
    large = b"\xff\xd8\xff".ljust(60_000_000, b"\xff")
    answer = stack.http.post("/extract-multimodal", files={"file": large})
    check_problem(answer, 413, "a picture (JPEG) of 60,000,000 bytes; at most 25,000,000")
    answer = stack.http.post("/embed-image", files={"file": large})
    check_problem(answer, 413, "over 25,000,000 bytes")


def test_a_body_of_60_mb_in_chunks(stack: ServedOrchestrator) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        for _ in range(60):
            yield b"\xff" * 1_000_000
        yield b"\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = stack.http.post("/embed-image", content=chunks(), headers=headers)
    check_problem(answer, 413, "over 25,000,000 bytes")


@pytest.mark.parametrize("length", [10_001, 1_000_000, 1_048_577, 5_000_000])
def test_a_long_caption(stack: ServedOrchestrator, length: int) -> None:
    answer = stack.publish("bad", file=plain(), caption="x" * length)
    check_problem(answer, 413, "10,000" if length <= 1_000_000 else "1 MiB")


@pytest.mark.parametrize(
    ("form", "detail"),
    [
        ({"likes": "-1"}, "likes"),
        ({"comments": "-5"}, "comments"),
        ({"likes": "many"}, "likes"),
        ({"likes": "1" * 30}, "likes"),
        ({"created_at": "9999-01-01T00:00:00Z"}, "future"),
        ({"created_at": "9999-12-31T23:59:59-14:00"}, "outside the calendar"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "outside the calendar"),
        ({"created_at": "1969-12-31T23:59:59Z"}, "before 1970"),
        ({"created_at": "2026-01-01T00:00:00"}, "created_at"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"author_id": ""}, "author_id"),
        ({"author_id": "a" * 257}, "author_id"),
        ({"author_id": "a\x00b"}, "author_id"),
    ],
)
def test_a_form_that_says_something_impossible(
    stack: ServedOrchestrator, form: dict[str, str], detail: str
) -> None:
    whole = {"media_id": "bad", "author_id": "ann", "caption": "Fine", **form}
    check_problem(stack.http.post("/v1/media", data=whole), 422, detail)


def test_neither_file_nor_caption(stack: ServedOrchestrator) -> None:
    check_problem(stack.publish("bad", caption="  "), 422, "a file, a caption, or both")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_media_id(stack: ServedOrchestrator, method: str) -> None:
    check_problem(stack.http.request(method, "/v1/media/bad"), 404, "'bad'")


def event(event_id: str, **changes: object) -> dict[str, object]:
    return {
        "event_id": event_id, "user_id": "u", "media_id": "good", "kind": "like", "at": NOW,
        **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def _good(stack: ServedOrchestrator) -> None:
    assert stack.publish("good", caption="A fine post").status_code == 201
    stack.http.post("/v1/events", json={"events": [event("known")]}).raise_for_status()


@pytest.mark.usefixtures("_good")
@pytest.mark.parametrize(
    ("events", "status", "detail"),
    [
        ([event("new"), event("known")], 409, "recorded already"),
        ([event("new"), event("new")], 409, "twice"),
        ([event("new", media_id="bad")], 404, "'bad'"),
        ([event("new", at="9999-01-01T00:00:00Z")], 422, "future"),
        ([event("new", kind="adore")], 422, "kind"),
        ([event("new", value="NaN")], 422, "value"),
        ([event("new", extra=1)], 422, "extra"),
        ([event("new", user_id="\ud800")], 422, "user_id"),
        ([], 422, "events"),
    ],
)
def test_a_batch_of_events_that_is_refused(
    stack: ServedOrchestrator, events: list[dict[str, object]], status: int, detail: str
) -> None:
    # json.dumps escapes what no UTF-8 can hold, such as half a surrogate pair
    body, headers = json.dumps({"events": events}), {"Content-Type": "application/json"}
    check_problem(stack.http.post("/v1/events", content=body, headers=headers), status, detail)


@pytest.mark.usefixtures("_good")
def test_nothing_of_a_refused_batch_was_written(stack: ServedOrchestrator) -> None:
    stack.http.post("/v1/events", json={"events": [event("half"), event("known")]})
    written = stack.http.post("/v1/events", json={"events": [event("half")]})
    assert (written.status_code, written.json()["accepted"]) == (201, 1)


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("/v1/feed", {"user_id": "u", "limit": 0}, "limit"),
        ("/v1/feed", {"user_id": "u", "limit": 101}, "limit"),
        ("/v1/feed", {"user_id": "u", "cursor": "abc"}, "cursor"),
        ("/v1/feed", {}, "user_id"),
        ("/v1/search/text", {"text": "   "}, "blank"),
        ("/v1/search/text", {"text": "x", "filter": {"colour": "red"}}, "colour"),
        ("/v1/search/text", {"text": "x", "filter": {"content_types": ["film"]}}, "content_types"),
        ("/v1/search/text", {"text": "half a pair \ud83d"}, "surrogate"),
        ("/v1/search/text", _after("9999-12-31T23:59:59-23:59"), "outside the calendar"),
        ("/v1/search/text", _after("0001-01-01T00:00:00+23:59"), "outside the calendar"),
        ("/v1/feed", {"user_id": "  "}, "blank"),
    ],
)
def test_json_that_says_something_impossible(
    stack: ServedOrchestrator, path: str, body: dict[str, object], detail: str
) -> None:
    headers = {"Content-Type": "application/json"}
    check_problem(stack.http.post(path, content=json.dumps(body), headers=headers), 422, detail)


@pytest.mark.parametrize(
    "body", [b'{"user_id": "\xff"}', b"[" * 100_000, b'{"limit": ' + b"9" * 5000]
)
def test_json_that_can_not_be_parsed(stack: ServedOrchestrator, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = stack.http.post("/v1/feed", content=body, headers=headers)
    check_problem(answer, 422, "")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_json_under_another_name(stack: ServedOrchestrator, kind: str) -> None:
    body, headers = b'{"user_id": "u"}', {"Content-Type": kind}
    check_problem(
        stack.http.post("/v1/feed", content=body, headers=headers), 415, "application/json"
    )


def test_a_file_that_is_sent_as_text(stack: ServedOrchestrator) -> None:
    form = {"media_id": "bad", "author_id": "ann", "file": "hello"}
    check_problem(stack.http.post("/v1/media", data=form), 422, "multipart/form-data")


def test_json_that_is_none(stack: ServedOrchestrator) -> None:
    headers = {"Content-Type": "application/json"}
    check_problem(stack.http.post("/v1/feed", content=b"{", headers=headers), 422, "JSON")


def test_no_such_route_and_no_such_method(stack: ServedOrchestrator) -> None:
    nowhere = stack.http.get("/v2/feed")
    check_problem(nowhere, 404, "Not Found")
    assert nowhere.json()["type"] != stack.http.get("/v1/media/none").json()["type"]
    check_problem(stack.http.get("/v1/feed"), 405, "Method Not Allowed")


def test_a_form_that_is_none(stack: ServedOrchestrator) -> None:
    headers = {"Content-Type": "multipart/form-data"}
    check_problem(stack.http.post("/extract-ocr", content=b"x", headers=headers), 400, "boundary")


def test_a_search_of_a_megabyte(stack: ServedOrchestrator) -> None:
    check_problem(stack.http.post("/v1/search/text", json={"text": "x" * 10**6}), 413, "10,000")


def test_a_client_that_leaves_in_the_middle(stack: ServedOrchestrator) -> None:
    host, port = stack.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(
            b"POST /extract-ocr HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
        )
    assert stack.process.poll() is None
    assert stack.http.get("/health/live").status_code == 200


def test_details_do_not_quote_the_upload(stack: ServedOrchestrator) -> None:
    answer = stack.http.post("/v1/feed", json={"user_id": "secret" * 100_000})
    check_problem(answer, 422, "user_id")
    assert "secretsecret" not in answer.text


def test_openapi_tells_the_routes_and_the_problems(stack: ServedOrchestrator) -> None:
    document = stack.http.get("/openapi.json").json()
    paths = document["paths"]
    assert {"/extract-multimodal", "/v1/media", "/v1/feed", "/v1/search/text"} <= paths.keys()
    for operations in paths.values():
        for operation in operations.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    upload = paths["/v1/media"]["post"]["requestBody"]["content"]
    assert upload.keys() == {"multipart/form-data"}
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert stack.http.get("/docs").status_code == 200
