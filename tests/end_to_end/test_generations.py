"""From one Triton's models to another's, under load, through a kill, and back."""

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import orchestrator
from tests.support.exporting import ROOT, write_repository
from tests.support.orchestrator import ServedOrchestrator
from tests.support.triton import ServedTriton, serve
from tests.support.uploads import plain
from tests.support.videos import Scene, landscape, video

POSTS = 60
_OTHER_CLIP = ("--weights", "tiny", "--models", "clip", "--seed", "7", "--precision", "fp32")


@pytest.fixture(scope="module")
def next_triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedTriton]:
    """A second real server, whose CLIP has other weights."""
    repository = tmp_path_factory.mktemp("next_repository")
    write_repository(repository)
    subprocess.run(
        [sys.executable, "-m", "export", *_OTHER_CLIP, "--repository", str(repository)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    with serve(repository, tmp_path_factory.mktemp("next_triton")) as served:
        yield served


def command(stack: ServedOrchestrator, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator.generations", "--url", stack.url, *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def publish(stack: ServedOrchestrator, media_id: str, number: int) -> None:
    answer = stack.publish(
        media_id, file=plain(f"hsl({number * 5}, 80%, 50%)", (64, 64)), caption=f"Picture {number}"
    )
    assert answer.status_code == 201


def generations(stack: ServedOrchestrator) -> dict[str, dict[str, Any]]:
    found = stack.http.get("/v1/generations").raise_for_status().json()["generations"]
    return {generation["id"]: generation for generation in found}


def visual_of(stack: ServedOrchestrator, media_id: str) -> list[float]:
    answer = stack.http.get(f"/v1/media/{media_id}", params={"vectors": "true"})
    vector: list[float] = answer.raise_for_status().json()["visual_embedding"]
    return vector


@contextmanager
def asked_all_the_time(stack: ServedOrchestrator) -> Iterator["Counter[int]"]:
    """Feeds and searches by several callers until the block ends; their statuses."""
    statuses: Counter[int] = Counter()
    ended = threading.Event()

    def ask(user_id: str) -> None:
        with httpx.Client(base_url=stack.url, timeout=30) as http:
            while not ended.is_set():
                feed = http.post("/v1/feed", json={"user_id": user_id, "limit": 5})
                search = http.post("/v1/search/visual", json={"media_id": "m1", "limit": 5})
                statuses.update([feed.status_code, search.status_code])

    callers = [threading.Thread(target=ask, args=(f"viewer-{n}",)) for n in range(3)]
    for caller in callers:
        caller.start()
    try:
        yield statuses
    finally:
        ended.set()
        for caller in callers:
            caller.join()


def test_models_change_without_a_gap(
    triton: ServedTriton, next_triton: ServedTriton, tmp_path: Path
) -> None:
    environment = {"FEEDLENS_UPLOADS_PATH": str(tmp_path / "uploads")}
    store = tmp_path / "store"
    with orchestrator.serve(triton.grpc_url, store, **environment) as stack:
        for number in range(POSTS):
            publish(stack, f"m{number}", number)
        film = video(Scene(landscape(1), 2.0), Scene(landscape(2), 2.0))
        assert stack.publish("film", file=film).status_code == 201
        (first,) = generations(stack)
        before, film_before = visual_of(stack, "m1"), visual_of(stack, "film")
        assert command(stack, "connect", next_triton.grpc_url)[0] == 0
        (second,) = generations(stack).keys() - {first}
        # A kill in the middle of the backfill.
        stack.http.post(f"/v1/generations/{second}/backfill", params={"workers": 1})
        time.sleep(0.3)
        stack.process.send_signal(signal.SIGKILL)
        stack.process.wait()
    environment["FEEDLENS_NEXT_TRITON_URL"] = next_triton.grpc_url
    with orchestrator.serve(triton.grpc_url, store, **environment) as stack:
        started = generations(stack)
        assert started[first]["active"]
        assert started[second]["connected"]
        code, said = command(stack, "backfill", second)
        assert code == 0, said
        with asked_all_the_time(stack) as statuses:
            publish(stack, "during", POSTS)
            code, said = command(stack, "activate", second)
            assert code == 0, said
            assert visual_of(stack, "m1") != before
            # Made of the kept upload, by the next models.
            assert visual_of(stack, "film") not in (None, film_before)
            publish(stack, "after", POSTS + 1)
            time.sleep(1.0)
            code, said = command(stack, "activate", first)
            assert code == 0, said
        assert statuses.keys() == {200}
        assert statuses[200] > 20
        assert visual_of(stack, "m1") == before
        assert visual_of(stack, "film") == film_before
        assert visual_of(stack, "after") is not None
        code, said = command(stack, "compare", second, "--viewers", "0")
        assert code == 0, said
        assert "visual: " in said
        command(stack, "activate", second)
    # The next models are the only ones from here on.
    with orchestrator.serve(next_triton.grpc_url, store) as stack:
        assert generations(stack)[second]["active"]
        assert command(stack, "drop", first)[0] == 0
        assert visual_of(stack, "during") is not None
    with pytest.raises(RuntimeError, match="holds vectors of"):
        orchestrator.start(triton.grpc_url, store)


def test_a_start_without_the_models_that_are_to_serve_says_so(
    triton: ServedTriton, next_triton: ServedTriton, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    with orchestrator.serve(triton.grpc_url, store) as stack:
        (first,) = generations(stack)
        command(stack, "connect", next_triton.grpc_url)
        (second,) = generations(stack).keys() - {first}
        assert command(stack, "activate", second)[0] == 0
    with pytest.raises(RuntimeError, match="FEEDLENS_NEXT_TRITON_URL"):
        orchestrator.start(triton.grpc_url, store, FEEDLENS_STARTUP_TIMEOUT_S="1")
    with orchestrator.serve(next_triton.grpc_url, store) as stack:
        assert generations(stack)[second]["active"]
