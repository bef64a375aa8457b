"""Who is served by which ranker, changed from a shell while feeds are asked for all the time."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import orchestrator
from tests.support.orchestrator import ServedOrchestrator
from tests.support.triton import ServedTriton
from tests.support.uploads import with_text

POSTS = 12
THREADS = 4
BOTH = {
    "FEEDLENS_LEGACY__READ": "true",
    "FEEDLENS_LEGACY__WRITE": "true",
    "FEEDLENS_LEGACY__TIMEOUT_S": "10",
}
SEEN_AFTER_S = 2.0
"""A running service follows the flags within a second; requests that begin later are certain."""


@dataclass
class Load:
    """Feeds that several threads ask for: when each was asked for, and what came."""

    url: str
    answers: list[tuple[float, httpx.Response]] = field(default_factory=list)
    _users: "count[int]" = field(default_factory=count)
    _over: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """Ask for one feed after the other."""
        with httpx.Client(base_url=self.url, timeout=60.0) as http:
            while not self._over.is_set():
                asked_at_s = time.monotonic()
                body = {"user_id": f"user-{next(self._users)}", "limit": 5}
                self.answers.append((asked_at_s, http.post("/v1/feed", json=body)))

    def stop(self) -> None:
        """Let the threads end."""
        self._over.set()

    def variants(self, wanted: int = 40) -> set[str]:
        """Of the next `wanted` answers to requests from now on."""
        since_s = time.monotonic()
        while True:
            later = [answer for asked_at_s, answer in self.answers if asked_at_s >= since_s]
            if len(later) >= wanted:
                return {answer.json()["variant"] for answer in later}
            time.sleep(0.02)


@contextmanager
def load_on(stack: ServedOrchestrator) -> Iterator[Load]:
    """Ask all the time."""
    load = Load(stack.url)
    threads = [threading.Thread(target=load.ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stop()
        for thread in threads:
            thread.join()


def fill(stack: ServedOrchestrator) -> None:
    """Posts in both collections."""
    for number in range(POSTS):
        answer = stack.publish(f"m{number}", file=with_text(f"PICTURE {number}"), likes=f"{number}")
        assert answer.status_code == 201, answer.text


def set_flags(store: Path, *arguments: str) -> None:
    """`python -m orchestrator.rollout set`, and the time that it takes to be certain."""
    environment = {**os.environ, **BOTH, "FEEDLENS_STORE_PATH": str(store)}
    command = [sys.executable, "-m", "orchestrator.rollout", "set", *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    time.sleep(SEEN_AFTER_S)


def feed(stack: ServedOrchestrator, user_id: str, **request: Any) -> dict[str, Any]:
    answer = stack.http.post("/v1/feed", json={"user_id": user_id, **request})
    page: dict[str, Any] = answer.raise_for_status().json()
    return page


def test_rollback_is_the_flag_alone(triton: ServedTriton, tmp_path: Path) -> None:
    store = tmp_path / "store"
    with orchestrator.serve(triton.grpc_url, store, **BOTH) as stack:
        fill(stack)
        with load_on(stack) as load:
            assert load.variants() == {"multimodal"}
            begun = feed(stack, "reader", limit=5)
            set_flags(store, "--multimodal", "off")
            assert load.variants() == {"legacy"}
            # A session stays with what made it.
            following = feed(stack, "reader", cursor=begun["cursor"])
            assert following["variant"] == "multimodal"
            assert (
                len({each["media_id"] for page in (begun, following) for each in page["items"]})
                == 10
            )
            set_flags(store, "--multimodal", "on")
            assert load.variants() == {"multimodal"}
            set_flags(store, "--percent", "50")
            assert load.variants() == {"legacy", "multimodal"}
        assert {answer.status_code for _, answer in load.answers} == {200}
        assert {len(answer.json()["items"]) for _, answer in load.answers} == {5}
        assert {answer.json()["fallback"] for _, answer in load.answers} == {None}


def test_a_ranker_that_is_too_slow_is_stood_in_for(triton: ServedTriton, tmp_path: Path) -> None:
    environment = {**BOTH, "FEEDLENS_ROLLOUT__TIMEOUT_S": "0.00001"}
    with orchestrator.serve(triton.grpc_url, tmp_path / "new", **BOTH) as stack:
        fill(stack)
    with orchestrator.serve(triton.grpc_url, tmp_path / "new", **environment) as stack:
        pages = [feed(stack, f"user-{number}", limit=4) for number in range(8)]
        reasons = [page["fallback"]["reason"] for page in pages]
        assert reasons == ["timeout"] * 5 + ["circuit_open"] * 3
        assert pages[0]["fallback"] == {
            "from": "multimodal", "reason": "timeout", "detail": "no answer within 1e-05 s",
        }  # fmt: skip
        assert {page["variant"] for page in pages} == {"legacy"}
        following = feed(stack, "user-0", cursor=pages[0]["cursor"])
        assert (following["variant"], following["fallback"]) == ("legacy", pages[0]["fallback"])
        assert len(following["items"]) == 4
        state = stack.http.get("/v1/rollout").json()
        assert state["fallbacks"] == {"timeout": 5, "circuit_open": 3}
        assert state["breaker"]["state"] == "open"


def test_what_runs_in_the_shadow_is_served_to_nobody(triton: ServedTriton, tmp_path: Path) -> None:
    shadow = {"FEEDLENS_ROLLOUT__SHADOW_PERCENT": "100"}
    with orchestrator.serve(triton.grpc_url, tmp_path / "store", **BOTH, **shadow) as stack:
        fill(stack)
        first, second = (feed(stack, "ann", limit=6) for _ in range(2))
        served = [item["media_id"] for page in (first, second) for item in page["items"]]
        assert sorted(served) == sorted(f"m{number}" for number in range(POSTS))
        state = wait_for_comparisons(stack, 2)
        assert (state["sessions"], state["shadow"]["failed"]) == ({"multimodal": 2}, {})
        assert state["shadow"]["overlap_at_20"] == 1.0


def test_the_environment_alone_switches_it_off(triton: ServedTriton, tmp_path: Path) -> None:
    off = {"USE_MULTIMODAL_EMBEDDINGS": "false"}
    with pytest.raises(
        RuntimeError, match="need the legacy ranker, which is off: set FEEDLENS_LEG"
    ):
        orchestrator.start(triton.grpc_url, tmp_path / "alone", **off)
    with orchestrator.serve(triton.grpc_url, tmp_path / "store", **BOTH, **off) as stack:
        fill(stack)
        set_flags(tmp_path / "store", "--multimodal", "on")
        page = feed(stack, "ann", limit=5)
        assert (page["variant"], len(page["items"])) == ("legacy", 5)
        assert feed(stack, "ann", variant="multimodal")["variant"] == "multimodal"
        answer = stack.http.get("/v1/rollout", params={"user_id": "ann"}).json()
        assert answer["choice"] == {"variant": "legacy", "reason": "switched_off"}


def wait_for_comparisons(stack: ServedOrchestrator, wanted: int) -> dict[str, Any]:
    """The rollout's state, as soon as that many sessions are compared, within ten seconds."""
    give_up_at_s = time.monotonic() + 10
    while time.monotonic() < give_up_at_s:
        state: dict[str, Any] = stack.http.get("/v1/rollout").json()
        if state["shadow"]["compared"] >= wanted:
            return state
        time.sleep(0.02)
    pytest.fail(f"too few comparisons: {state}")
