"""Processes that die: what was answered stays, what can't be answered says so."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.support import orchestrator
from tests.support.orchestrator import ServedOrchestrator
from tests.support.triton import ServedTriton, free_ports
from tests.support.triton import serve as serve_triton
from tests.support.uploads import plain, with_text

_FRESH_CANARIES = {"FEEDLENS_CANARY_INTERVAL_S": "0.01"}


def test_what_was_answered_is_there_after_kill_9(triton: ServedTriton, tmp_path: Path) -> None:
    first = orchestrator.start(triton.grpc_url, tmp_path)
    assert first.publish("kept", file=with_text("KEEP ME"), likes="7").status_code == 201
    first.like("ada", "kept")
    before = first.http.get("/v1/media/kept?vectors=true").json()
    os.kill(first.process.pid, signal.SIGKILL)
    orchestrator.stop(first)
    with orchestrator.serve(triton.grpc_url, tmp_path) as second:
        assert second.http.get("/v1/media/kept?vectors=true").json() == before
        again = {"event_id": "ada:kept", "user_id": "ada", "media_id": "kept", "kind": "like"}
        batch = {"events": [{**again, "at": before["created_at"]}]}
        assert second.http.post("/v1/events", json=batch).status_code == 409


@pytest.fixture
def own_triton(exported_repository: Path, tmp_path: Path) -> Iterator[ServedTriton]:
    """A Triton that a test may kill."""
    with serve_triton(exported_repository, tmp_path / "run") as served:
        yield served


def test_a_dead_ocr_process_degrades_and_a_dead_triton_is_503(
    own_triton: ServedTriton, tmp_path: Path
) -> None:
    with orchestrator.serve(
        own_triton.grpc_url, tmp_path / "store", **_FRESH_CANARIES, FEEDLENS_DEADLINE_S="5"
    ) as stack:
        assert stack.publish("before", caption="Still here").status_code == 201
        ready = stack.http.get("/health/ready")
        assert (ready.status_code, set(ready.json()["models"].values())) == (200, {"ok"})

        _kill_stub(own_triton, "ocr")
        _wait_until_unready(stack, "ocr")
        answer = stack.http.post(
            "/extract-multimodal", files={"file": plain()}, data={"caption": "A colour"}
        )
        body = answer.raise_for_status().json()
        assert body["degraded"] == ["ocr"]
        assert body["visual_embedding"]
        assert body["text_embedding"]
        check_unavailable(stack.http.post("/extract-ocr", files={"file": plain("red")}), "ocr")

        os.kill(own_triton.process_id, signal.SIGKILL)
        _wait_until_unready(stack, "image_embedding")
        for path, request in _requests_that_need_models():
            check_unavailable(stack.http.post(path, **request), "Triton")
        assert stack.http.get("/v1/media/lost").status_code == 404
        # What needs no model goes on.
        assert stack.http.get("/health/live").status_code == 200
        assert [item["media_id"] for item in stack.feed("anyone")] == ["before"]


def check_unavailable(answer: httpx.Response, named: str) -> None:
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in answer.json()["detail"]


def _requests_that_need_models() -> list[tuple[str, dict[str, Any]]]:
    form = {"media_id": "lost", "author_id": "ann", "caption": "A caption"}
    return [
        ("/extract-multimodal", {"files": {"file": plain("blue")}}),
        ("/extract-ocr", {"files": {"file": plain("blue")}}),
        ("/v1/media", {"data": form}),
        ("/v1/search/text", {"json": {"text": "anything"}}),
    ]


def _kill_stub(triton: ServedTriton, model: str) -> None:
    """Kill the processes of a Python model; each carries its model's folder in its arguments."""
    stubs = [
        child
        for child in psutil.Process(triton.process_id).children(recursive=True)
        if f"/{model}/" in " ".join(child.cmdline())
    ]
    assert stubs
    for stub in stubs:
        stub.kill()


def _wait_until_unready(stack: ServedOrchestrator, model: str) -> None:
    """Readiness names the model within ten seconds."""
    give_up_at_s = time.monotonic() + 10
    while time.monotonic() < give_up_at_s:
        ready = stack.http.get("/health/ready")
        if ready.status_code == 503 and ready.json()["models"][model] != "ok":
            assert model in ready.json()["detail"]
            assert int(ready.headers["Retry-After"]) > 0
            return
    pytest.fail(f"{model} is dead, but readiness does not say so: {ready.text}")


def test_overload_is_refused_at_once_and_passes(triton: ServedTriton, tmp_path: Path) -> None:
    limit = {"FEEDLENS_MAX_CONCURRENT_EXTRACTIONS": "2"}
    with orchestrator.serve(triton.grpc_url, tmp_path, **limit) as stack:
        pictures = [with_text(f"PICTURE {number}") for number in range(12)]
        with ThreadPoolExecutor(12) as threads:
            answers = list(
                threads.map(
                    lambda data: stack.http.post("/extract-ocr", files={"file": data}), pictures
                )
            )
        refused = [answer for answer in answers if answer.status_code != 200]
        assert 1 <= len(refused) <= 10
        for answer in refused:
            check_unavailable(answer, "2 extractions are running")
        again = stack.http.post("/extract-ocr", files={"file": pictures[0]})
        assert again.json()["ocr_text"]


def test_a_port_that_is_taken(triton: ServedTriton, tmp_path: Path) -> None:
    with orchestrator.serve(triton.grpc_url, tmp_path / "one") as running:
        port = running.url.rsplit(":", 1)[1]
        said = _refusal(triton.grpc_url, tmp_path / "two", FEEDLENS_PORT=port)
    assert said == (
        f"orchestrator: port {port} on 127.0.0.1 is taken; stop what uses it, or set FEEDLENS_PORT"
    )


def test_a_triton_that_does_not_come_up(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    said = _refusal(f"127.0.0.1:{port}", tmp_path, FEEDLENS_STARTUP_TIMEOUT_S="1")
    assert f"Triton at 127.0.0.1:{port} can't be reached" in said
    assert "python -m serving" in said


def test_a_setting_that_is_no_good(tmp_path: Path) -> None:
    said = _refusal("127.0.0.1:1", tmp_path, FEEDLENS_WEIGHTS__TEXT="-1")
    assert said.startswith("orchestrator: setting FEEDLENS_WEIGHTS")
    assert "'text' must be a finite number" in said


def _refusal(grpc_url: str, store: Path, **environment: str) -> str:
    """The last line that an orchestrator prints which does not start."""
    with pytest.raises(RuntimeError) as caught:
        orchestrator.start(grpc_url, store, **environment)
    said = str(caught.value)
    assert "Traceback" not in said
    return said.strip().splitlines()[-1]


def test_a_head_that_does_not_arrive(triton: ServedTriton, tmp_path: Path) -> None:
    with orchestrator.serve(triton.grpc_url, tmp_path, FEEDLENS_HEAD_TIMEOUT_S="0.5") as stack:
        host, port = stack.url.removeprefix("http://").split(":")
        for beginning in (
            b"",
            b"POST /v1/me",
            b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /",
        ):
            with socket.create_connection((host, int(port)), timeout=10) as client:
                client.sendall(beginning)
                received = b"".join(iter(lambda: client.recv(4096), b""))
            assert (b'"live"' in received) == (b"health" in beginning)
        # One who takes time between two requests is not cut off.
        assert stack.http.get("/health/live").status_code == 200
        time.sleep(1)
        assert stack.http.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    "limit", [{"FEEDLENS_BODY_IDLE_TIMEOUT_S": "0.5"}, {"FEEDLENS_BODY_TIMEOUT_S": "0.9"}]
)
def test_a_client_too_slow_to_wait_for(
    triton: ServedTriton, tmp_path: Path, limit: dict[str, str]
) -> None:
    def trickle() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        for _ in range(4):
            time.sleep(0.7)
            yield b"more"

    with orchestrator.serve(triton.grpc_url, tmp_path, **limit) as stack:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = stack.http.post("/extract-ocr", content=trickle(), headers=headers)
        assert answer.status_code == 408
        assert "no more of the body came" in answer.json()["detail"]
