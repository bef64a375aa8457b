"""What the sample app answers where it can't do what is asked: problems of one form."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients.sample_app.conftest import MAX_UPLOAD_BYTES
from tests.clients.sample_app.served import SampleApp, serve
from tests.support.node import newest
from tests.support.triton import free_ports
from tests.support.uploads import plain

FORM = "application/problem+json"


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that was answered."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith(FORM)
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert set(body) == {"type", "status", "detail"}
    return body


@pytest.mark.parametrize(
    ("form", "status", "named"),
    [
        ({"caption": "Hi"}, 400, "author_id"),
        ({"author_id": "ann"}, 400, "caption"),
        ({"author_id": "ann", "caption": "Hi", "likes": "9"}, 400, "likes"),
        ({"author_id": "ann", "caption": "Hi", "url": "http://127.0.0.1/"}, 400, "url"),
        ({"author_id": "ann", "caption": "Hi", "file": "/etc/hostname"}, 400, "file"),
        ({"author_id": "ann", "caption": "x" * 60_000}, 413, "caption"),
        ({"author_id": "ann", "caption": "x" * 20_000}, 413, "10,000"),
        ({"author_id": "ann", "caption": "Hi", "media_id": "x" * 300}, 422, "media_id"),
    ],
)
def test_forms_that_are_no_post(
    app: SampleApp, form: dict[str, str], status: int, named: str
) -> None:
    files = {name: (None, value) for name, value in form.items()}
    assert named in problem(app.http.post("/posts", files=files), status)["detail"]


def test_a_body_that_is_no_form(app: SampleApp) -> None:
    problem(app.http.post("/posts", json={"author_id": "ann"}), 406)
    problem(app.http.post("/posts", content=b"x", headers={"content-type": "text/x"}), 415)
    broken = {"content-type": "multipart/form-data; boundary=b"}
    problem(app.http.post("/posts", content=b"--b\r\nContent-Disp", headers=broken), 400)


def test_a_field_or_a_file_twice(app: SampleApp) -> None:
    author = ("author_id", (None, "ann"))
    body = problem(app.http.post("/posts", files=[author, author]), 400)
    assert body["detail"] == "author_id stands twice in the form"
    files = [("file", ("upload", plain(colour))) for colour in ("red", "blue")]
    problem(app.http.post("/posts", files=files), 413)
    problem(app.http.post("/posts", files={"picture": ("upload", plain())}), 400)


def test_a_file_that_is_no_medium(app: SampleApp) -> None:
    body = problem(app.post("text", "Hi", b"only text"), 422)
    assert body["type"] == "urn:feedlens:problem:undecodable-media"
    missing = problem(app.http.get("/posts/text"), 404)
    assert missing["type"] == "urn:sample-app:problem:not-found"


def test_an_id_that_is_taken(app: SampleApp) -> None:
    assert app.post("taken", "By ann").status_code == 201
    body = problem(app.post("taken", "By ann", author_id="bob"), 409)
    assert body["type"] == "urn:feedlens:problem:conflict"


def test_a_file_that_is_too_large(app: SampleApp) -> None:
    problem(app.post_zeros("too-large", MAX_UPLOAD_BYTES // 1_000_000 + 1), 413)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", None, 404),
        ("GET", "/posts/nowhere", None, 404),
        ("GET", "/posts/nowhere/thumbnail", None, 404),
        ("GET", "/feed/ann?limit=0", None, 400),
        ("GET", "/feed/ann?limit=many", None, 400),
        ("GET", "/feed/ann?variant=legacy", None, 400),
        ("GET", "/feed/ann?cursor=none", None, 422),
        ("GET", "/search", None, 400),
        ("GET", "/search?q=", None, 400),
        ("POST", "/rank", {"user_id": "ann", "media_ids": []}, 400),
        ("POST", "/rank", {"user_id": "ann"}, 400),
        ("POST", "/posts/x/events", {"user_id": "ann"}, 400),
        ("POST", "/posts/x/events", {"user_id": "ann", "kind": "like", "at": "now"}, 400),
        ("POST", "/posts/x/events", {"user_id": "ann", "kind": "stare"}, 422),
    ],
)
def test_requests_that_make_no_sense(
    app: SampleApp, method: str, path: str, body: object, status: int
) -> None:
    problem(app.http.request(method, path, json=body), status)


def test_without_feedlens(built: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    environment = {
        "EMBEDDING_SERVER_URL": f"http://127.0.0.1:{port}",
        "UPLOAD_PATIENCE_MS": "500",
    }
    with serve(newest(), built, tmp_path, **environment) as app:
        answers = [
            app.http.get("/healthz"),
            app.http.get("/feed/ann"),
            app.http.get("/search", params={"q": "cats"}),
            app.http.post("/posts/x/events", json={"user_id": "ann", "kind": "like"}),
            app.post("mine", "Hi", plain()),
        ]
        for answer in answers:
            assert problem(answer, 503)["detail"] == "Feedlens is away"
            assert int(answer.headers["retry-after"]) >= 1
        assert list(app.uploads.iterdir()) == []
        assert app.http.get("/nowhere").status_code == 404  # and it still answers


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("EMBEDDING_SERVER_URL", "localhost")]
)
def test_settings_that_can_not_be_used(built: Path, tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(RuntimeError, match=name), serve(newest(), built, tmp_path, **{name: value}):
        pass
