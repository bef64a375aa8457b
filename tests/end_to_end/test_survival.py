"""Python models die under a steady load: every answer is the right one or a 503, never a hang."""

import itertools
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import orchestrator
from tests.support.launcher import Launched
from tests.support.pictures import encoded, noise
from tests.support.triton import free_ports

# A request may wait for its deadline, which this sets, and little more.
_DEADLINE_S = 5.0
_HANGS_S = _DEADLINE_S + 5.0
_BACK_S = 30.0
_VICTIMS = ("ocr", "text_tokenizer", "clip_preprocess", "text_encoder", "clip_image", "model_card")

Request = Callable[[httpx.Client, int], httpx.Response]


def _picture(number: int) -> bytes:
    """A picture that none before was, so that no cache answers."""
    return encoded(noise(48, 48, seed=number), "PNG")


_REQUESTS: dict[str, Request] = {
    "ocr": lambda http, number: http.post("/extract-ocr", files={"file": _picture(number)}),
    "multimodal": lambda http, number: http.post(
        "/extract-multimodal",
        files={"file": _picture(number)},
        data={"caption": f"picture {number}"},
    ),
    "search": lambda http, number: http.post(
        "/v1/search/text", json={"text": f"words, {number} of them"}
    ),
}


class Load:
    """Asks without a pause, by one thread a kind of request."""

    def __init__(self, url: str) -> None:
        self.answers: Counter[tuple[str, int]] = Counter()
        self.wrong: list[str] = []
        self.slowest_s = 0.0
        self._url = url
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(kind, request))
            for kind, request in _REQUESTS.items()
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, kind: str, request: Request) -> None:
        with httpx.Client(base_url=self._url, timeout=_HANGS_S) as http:
            while not self._stop.is_set():
                began_at_s = time.monotonic()
                try:
                    answer = request(http, next(self._numbers))
                except httpx.HTTPError as error:
                    self.wrong.append(f"{kind}: {error!r}")
                    continue
                self.slowest_s = max(self.slowest_s, time.monotonic() - began_at_s)
                self.answers[kind, answer.status_code] += 1
                retry = answer.headers.get("Retry-After", "")
                if answer.status_code != 200 and (answer.status_code, retry) != (503, "2"):
                    self.wrong.append(f"{kind}: {answer.status_code} {retry!r} {answer.text}")


@pytest.fixture
def launched(exported_repository: Path, tmp_path: Path) -> Iterator[Launched]:
    """A supervised Triton."""
    started = Launched(exported_repository, tmp_path, free_ports(3), FEEDLENS_TRITON_CORES="2")
    try:
        assert started.wait_ready().startswith("Triton is ready")
        yield started
    finally:
        started.process.send_signal(signal.SIGTERM)
        started.end()


def test_deaths_under_load_are_503_and_pass(launched: Launched, tmp_path: Path) -> None:
    server_id = launched.served.process_id
    with (
        orchestrator.serve(
            launched.served.grpc_url, tmp_path / "store", FEEDLENS_DEADLINE_S=str(_DEADLINE_S)
        ) as stack,
        Load(stack.url) as load,
    ):
        for victim in _VICTIMS:
            before = {stub.key for stub in launched.stubs(victim)}
            for stub in launched.stubs(victim):
                os.kill(stub.process_id, signal.SIGKILL)
            give_up_at_s = time.monotonic() + _BACK_S
            while not {stub.key for stub in launched.stubs(victim)} - before:
                assert time.monotonic() < give_up_at_s, victim
                time.sleep(0.1)
            time.sleep(0.5)
        _wait_until_well(stack.http)
        # Whatever was asked before this has been answered, and all after it is well.
        time.sleep(_DEADLINE_S)
        load.answers.clear()
        time.sleep(1)
    assert load.wrong == []
    assert load.slowest_s < _HANGS_S
    assert set(load.answers) == {(kind, 200) for kind in _REQUESTS}
    assert launched.served.process_id == server_id
    assert launched.process.poll() is None


def _wait_until_well(http: httpx.Client) -> None:
    """Until every kind of request is answered in full."""
    give_up_at_s = time.monotonic() + _BACK_S
    numbers = itertools.count(1_000_000)
    while True:
        answers = [request(http, next(numbers)) for request in _REQUESTS.values()]
        statuses = [answer.status_code for answer in answers]
        if statuses == [200] * len(answers) and not answers[1].json()["degraded"]:
            return
        assert time.monotonic() < give_up_at_s, statuses
        time.sleep(0.2)
