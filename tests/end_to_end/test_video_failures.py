"""What happens to a video's decoder, or to whoever waits for it: no process is left behind."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support import orchestrator
from tests.support.decoder_children import check_none_left, decoders, wait_for_decoder
from tests.support.orchestrator import ServedOrchestrator
from tests.support.problems import check_problem
from tests.support.triton import ServedTriton
from tests.support.uploads import plain, with_text
from tests.support.videos import Scene, landscape, text_card, video

_SIZE = (1280, 720)
_BACK_S = 30.0


def film(seed: int, words: str = "WAIT FOR IT") -> bytes:
    """Takes a decoder some tenths of a second; no other seed's shares a frame with it."""
    return video(
        Scene(landscape(seed, _SIZE), 3.0, step_px=2),
        Scene(text_card(f"{words}\nNUMBER {seed}", _SIZE), 2.0),
        Scene(landscape(seed + 1000, _SIZE), 3.0, step_px=2),
        fps=10,
    )


def extract(stack: ServedOrchestrator, file: bytes) -> httpx.Response:
    return stack.http.post("/extract-multimodal", files={"file": file})


def test_a_decoder_that_is_killed_is_no_outage(stack: ServedOrchestrator) -> None:
    file = film(1)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(extract, stack, file)
        decoder = wait_for_decoder(stack.process.pid)
        decoder.kill()
        answer = waiting.result()
    if answer.status_code == 503:
        # It had not begun to decode yet: nothing is wrong with the file.
        assert int(answer.headers["Retry-After"]) > 0
    else:
        check_problem(answer, 422, "")
    check_none_left(stack.process.pid)
    assert extract(stack, file).status_code == 200
    assert stack.http.get("/health/ready").status_code == 200


def test_a_decoder_that_is_killed_while_it_decodes_is_a_422(stack: ServedOrchestrator) -> None:
    for seed in range(10, 20):
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(extract, stack, film(seed))
            decoder = wait_for_decoder(stack.process.pid)
            # What it does before it decodes, importing, takes most of that.
            time.sleep(0.25 + 0.05 * (seed - 10))
            decoder.kill()
            answer = waiting.result()
        assert answer.status_code in {200, 422, 503}, answer.text
        if answer.status_code == 422:
            check_problem(answer, 422, "")
            assert answer.json()["type"] == "urn:feedlens:problem:undecodable-media"
            return
    pytest.fail("no decoder could be caught while it decoded")


def test_a_client_that_leaves_takes_its_decoder_along(stack: ServedOrchestrator) -> None:
    host, port = stack.url.removeprefix("http://").split(":")
    file = film(30)
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        + file
        + b"\r\n--x--\r\n"
    )
    with socket.create_connection((host, int(port))) as client:
        client.sendall(
            b"POST /extract-multimodal HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n%s" % (len(body), body)
        )
        # It can't end by itself, nor reach its own limit before the check does.
        wait_for_decoder(stack.process.pid).suspend()
    check_none_left(stack.process.pid)
    assert extract(stack, plain()).status_code == 200


def test_an_orchestrator_that_is_killed_takes_its_decoder_along(
    triton: ServedTriton, tmp_path: Path
) -> None:
    stack = orchestrator.start(triton.grpc_url, tmp_path / "store")
    thread = threading.Thread(target=_ignored, args=(stack, film(40)))
    thread.start()
    try:
        decoder = wait_for_decoder(stack.process.pid)
    finally:
        os.kill(stack.process.pid, signal.SIGKILL)
        thread.join()
        orchestrator.stop(stack)
    _, alive = psutil.wait_procs([decoder], timeout=5)
    assert alive == []


def test_an_orchestrator_that_is_ended_leaves_no_decoder(
    triton: ServedTriton, tmp_path: Path
) -> None:
    stack = orchestrator.start(triton.grpc_url, tmp_path / "store")
    with ThreadPoolExecutor(1) as threads:
        threads.submit(_ignored, stack, film(41))
        decoder = wait_for_decoder(stack.process.pid)
        stack.process.terminate()
        stack.process.wait(30)
    stack.http.close()
    _, alive = psutil.wait_procs([decoder], timeout=5)
    assert alive == []


def _ignored(stack: ServedOrchestrator, file: bytes) -> None:
    """Whatever comes of it, or nothing."""
    try:
        extract(stack, file)
    except httpx.HTTPError:
        return


def test_the_same_video_at_the_same_time_is_decoded_once(
    triton: ServedTriton, tmp_path: Path
) -> None:
    with orchestrator.serve(triton.grpc_url, tmp_path / "store") as stack:
        seen: set[int] = set()
        ended = threading.Event()

        def watch() -> None:
            while not ended.is_set():
                seen.update(process.pid for process in decoders(stack.process.pid))
                time.sleep(0.01)

        watcher = threading.Thread(target=watch)
        watcher.start()
        file = film(50)
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda _: extract(stack, file), range(4)))
        ended.set()
        watcher.join()
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.text for answer in answers}) == 1
    assert len(seen) == 1


def test_pictures_are_served_while_a_video_is_decoded(stack: ServedOrchestrator) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(extract, stack, film(60))
        wait_for_decoder(stack.process.pid)
        answer = stack.http.post("/extract-multimodal", files={"file": plain("olive")})
        assert answer.status_code == 200
        assert waiting.result().status_code == 200


@pytest.fixture
def well_again(triton: ServedTriton) -> Iterator[None]:
    """Whatever the test unloads is loaded again, for the modules that come after this one."""
    yield
    _control(triton, "ocr", "load")


def _control(triton: ServedTriton, model: str, action: str) -> None:
    url = f"http://{triton.http_url}/v2/repository/models/{model}/{action}"
    httpx.post(url, timeout=60).raise_for_status()
    ready = f"http://{triton.http_url}/v2/models/{model}/ready"
    give_up_at_s = time.monotonic() + _BACK_S
    wanted = 200 if action == "load" else 400
    while httpx.get(ready).status_code != wanted:
        assert time.monotonic() < give_up_at_s, f"{model} did not {action}"
        time.sleep(0.1)


@pytest.mark.usefixtures("well_again")
def test_without_ocr_a_video_is_degraded_and_healed(
    triton: ServedTriton, stack: ServedOrchestrator
) -> None:
    file = film(70, "SUMMER SALE")
    _control(triton, "ocr", "unload")
    first = stack.publish("healing", file=file, caption="A film")
    assert first.status_code == 201, first.text
    body = first.json()
    assert body["degraded"] == ["ocr"]
    assert body["ocr_text"] == ""
    assert len(body["frame_times_s"]) >= 3
    assert stack.http.post("/extract-ocr", files={"file": film(71)}).status_code == 503
    _control(triton, "ocr", "load")
    give_up_at_s = time.monotonic() + _BACK_S
    while True:
        again = stack.publish("healing", file=file, caption="A film")
        if again.json()["degraded"] == []:
            break
        assert time.monotonic() < give_up_at_s, again.text
        time.sleep(0.5)
    assert again.json()["ocr_text"] == "SUMMER SALE\nNUMBER 70"
    assert stack.search("discounts", limit=1)[0]["media_id"] == "healing"
    assert extract(stack, with_text("FINE")).json()["ocr_text"] == "FINE"
