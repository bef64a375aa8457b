"""Uploads that end early, and an app that is told to end."""

import socket
from pathlib import Path

from tests.clients.sample_app.served import SampleApp, serve
from tests.support.node import newest
from tests.support.orchestrator import ServedOrchestrator
from tests.support.triton import free_ports
from tests.support.uploads import plain
from tests.support.waiting import until

_WAIT_S = 30.0


def upload(media_id: str, picture: bytes) -> tuple[bytes, bytes]:
    """A POST /posts in two parts, the first of which ends within the picture."""
    fields = {"media_id": media_id, "author_id": "ann"}
    body = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    body += b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    cut = len(body) + len(picture) // 2
    body += picture + b"\r\n--b--\r\n"
    head = (
        "POST /posts HTTP/1.1\r\nHost: app\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    return head + body[:cut], body[cut:]


def begin(app: SampleApp, part: bytes) -> socket.socket:
    """Sends it, and waits until the app has begun to keep the file."""
    connection = socket.create_connection(("127.0.0.1", app.port), timeout=_WAIT_S)
    connection.sendall(part)
    until(lambda: any(app.uploads.glob("*/file")))
    return connection


def refuses(app: SampleApp) -> bool:
    """Whether nobody listens any more."""
    try:
        socket.create_connection(("127.0.0.1", app.port), timeout=_WAIT_S).close()
    except ConnectionRefusedError:
        return True
    return False


def read_all(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    answer = b""
    while piece := connection.recv(65536):
        answer += piece
    return answer


def test_a_browser_that_goes_away_leaves_nothing(app: SampleApp) -> None:
    first, _ = upload("left", plain())
    begin(app, first).close()
    until(lambda: not list(app.uploads.iterdir()))
    assert app.http.get("/posts/left").status_code == 404
    assert app.post("came", "Hi").status_code == 201


def test_a_sender_that_stalls_is_let_go_and_one_that_waits_is_not(
    built: Path, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    environment = {"EMBEDDING_SERVER_URL": f"http://127.0.0.1:{port}", "IDLE_MS": "500"}
    with serve(newest(), built, tmp_path, UPLOAD_PATIENCE_MS="2000", **environment) as app:
        first, _ = upload("stalled", plain())
        with begin(app, first) as connection:
            assert read_all(connection) == b""
        until(lambda: not list(app.uploads.iterdir()))
        assert app.post("waits", "Hi", plain()).status_code == 503
        assert app.http.get("/nowhere").status_code == 404


def test_an_upload_under_way_is_stored_before_the_end(
    built: Path, feedlens: ServedOrchestrator, tmp_path: Path
) -> None:
    with serve(newest(), built, tmp_path, EMBEDDING_SERVER_URL=feedlens.url) as app:
        first, second = upload("late", plain("red"))
        with begin(app, first) as connection:
            app.process.terminate()
            until(lambda: refuses(app))
            connection.sendall(second)
            answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 201 "), answer
        assert app.process.wait(_WAIT_S) == 0
        assert list(app.uploads.iterdir()) == []
    assert feedlens.http.get("/v1/media/late").json()["author_id"] == "ann"


def test_an_upload_that_stalls_does_not_hold_up_the_end(
    built: Path, feedlens: ServedOrchestrator, tmp_path: Path
) -> None:
    environment = {"EMBEDDING_SERVER_URL": feedlens.url, "SHUTDOWN_MS": "500"}
    with serve(newest(), built, tmp_path, **environment) as app:
        first, _ = upload("stalled", plain("blue"))
        with begin(app, first) as connection:
            app.process.terminate()
            assert read_all(connection) == b""
        assert app.process.wait(_WAIT_S) == 0
        assert list(app.uploads.iterdir()) == []
    assert feedlens.http.get("/v1/media/stalled").status_code == 404


def test_a_feedlens_that_is_away_does_not_hold_up_the_end(built: Path, tmp_path: Path) -> None:
    """An upload waits for it, and is told to come again."""
    (port,) = free_ports(1)
    environment = {"EMBEDDING_SERVER_URL": f"http://127.0.0.1:{port}", "SHUTDOWN_MS": "1000"}
    with serve(newest(), built, tmp_path, UPLOAD_PATIENCE_MS="60000", **environment) as app:
        first, second = upload("away", plain())
        with begin(app, first) as connection:
            connection.sendall(second)
            app.process.terminate()
            answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 503 "), answer
        assert b"\r\nretry-after: 5\r\n" in answer
        assert app.process.wait(_WAIT_S) == 0
        assert list(app.uploads.iterdir()) == []
