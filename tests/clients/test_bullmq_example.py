"""The example of a BullMQ queue: on the packed client, a real Redis and a real stack."""

import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.bullmq_example import BullmqExample
from tests.support.controlled_stack import ControlledStack
from tests.support.loopback import Post, listening
from tests.support.redis_server import needs_redis, serve_redis
from tests.support.triton import ServedTriton
from tests.support.uploads import plain
from tests.support.waiting import until

pytestmark = needs_redis
_WAIT_S = 60.0


@pytest.fixture(scope="module")
def built(built_example: Callable[[str], Path]) -> Path:
    """The example's folder."""
    return built_example("bullmq")


@pytest.fixture
def example(built: Path, triton: ServedTriton, tmp_path: Path) -> Iterator[BullmqExample]:
    """Nothing is in the queue, and nothing in the store."""
    stack = ControlledStack(triton.grpc_url, tmp_path / "store")
    with (
        tempfile.TemporaryDirectory() as short,
        serve_redis(Path(short)) as redis,
    ):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "REDIS_URL": redis.url,
            "EMBEDDING_SERVER_URL": stack.url,
        }
        stack.start()
        try:
            yield BullmqExample(built, stack, redis, environment)
        finally:
            stack.stop()


@contextmanager
def partly_working(url: str, times: int, status: int | None = None) -> Iterator[str]:
    """Before the Feedlens at `url`; its first uploads are degraded, or answered by `status`."""
    failures = iter(range(times))

    def answer(post: Post) -> tuple[int, bytes]:
        fails = post.path == "/v1/media" and next(failures, None) is not None
        if fails and status is not None:
            return status, b"{}"
        kind = {"Content-Type": post.kind}
        answer = httpx.post(f"{url}{post.path}", content=post.body, headers=kind, timeout=_WAIT_S)
        stored = answer.json()
        if fails:
            stored["degraded"] = ["ocr"]
        return answer.status_code, json.dumps(stored).encode()

    with listening(answer) as before:
        yield before


def test_jobs_are_stored_once_and_a_bad_one_fails_alone(
    example: BullmqExample, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(plain("red"))
    words = {"media_id": "words", "caption": "a walk by the sea"}
    example.enqueue(
        words,
        {"media_id": "picture", "file": str(picture), "caption": "red"},
        {"media_id": "nothing"},
        {"media_id": "inward", "url": "http://169.254.169.254/latest/meta-data"},
        {"media_id": "gone", "file": str(tmp_path / "gone.png")},
        words,
    )
    with example.working() as worker:
        until(lambda: example.status()["counts"]["completed"] == 3)
        until(lambda: example.status()["counts"]["failed"] == 3)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(_WAIT_S) == 0
    printed = example.printed()
    assert "picture: created by multimodal\n" in printed
    assert printed.count("words: created by multimodal\n") == 1
    assert printed.count("words: stored by multimodal\n") == 1

    failed = {
        job["media_id"]: (job["attempts"], job["reason"]) for job in example.status()["failed"]
    }
    assert failed == {
        "nothing": (1, "a job needs a file, a url, a caption, or two of them"),
        "inward": (
            1,
            "nothing is downloaded: name 169.254.169.254 with FEEDLENS_MEDIA__ALLOWED_HOSTS "
            "or downloads.allowedHosts",
        ),
        "gone": (1, f"{tmp_path / 'gone.png'} can't be read (ENOENT)"),
    }
    assert example.attempts(5) == 1
    (tmp_path / "gone.png").write_bytes(plain("blue"))
    with example.working():
        example.retry()
        until(lambda: example.status()["counts"]["completed"] == 4)
        until(lambda: example.status()["counts"]["failed"] == 2)
    post = example.stored("picture")
    assert post is not None
    assert post["caption"] == "red"
    assert example.stored("words") is not None
    assert example.stored("gone") is not None


def test_a_job_under_way_at_the_end_goes_back_to_the_queue(example: BullmqExample) -> None:
    example.feedlens.stop()
    example.enqueue({"media_id": "late", "caption": "a late post"})
    with example.working(SHUTDOWN_MS="200") as worker:
        until(lambda: example.status()["counts"]["active"] == 1)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(_WAIT_S) == 0
    status = example.status()
    assert status["failed"] == []
    assert status["counts"]["active"] == 0
    assert status["counts"]["delayed"] + status["counts"]["waiting"] == 1
    assert example.attempts(1) == 0

    example.feedlens.start()
    with example.working():
        until(lambda: example.stored("late") is not None)
        until(lambda: example.status()["counts"]["completed"] == 1)
    assert "late: created by multimodal\n" in example.printed()


def test_a_worker_ends_what_it_has_before_it_ends(example: BullmqExample) -> None:
    example.enqueue(*({"media_id": f"m{n}", "caption": f"number {n}"} for n in range(30)))
    with example.working(CONCURRENCY="2") as worker:
        until(lambda: "created" in example.printed())
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(_WAIT_S) == 0
    counts = example.status()["counts"]
    assert counts["failed"] == counts["active"] == 0
    assert counts["completed"] == example.printed().count(": created by multimodal\n")
    with example.working():
        until(lambda: example.status()["counts"]["completed"] == 30)
    assert all(example.stored(f"m{n}") for n in range(30))


def test_a_worker_ends_without_redis(example: BullmqExample) -> None:
    example.redis.kill()
    with example.working(until_it_says="ECONNREFUSED", SHUTDOWN_MS="500") as worker:
        worker.terminate()
        assert worker.wait(_WAIT_S) == 1
    assert "SIGTERM: ending" in example.printed()


def test_a_post_stored_in_part_is_repaired_by_a_later_job(example: BullmqExample) -> None:
    example.enqueue({"media_id": "half", "caption": "half a post"})
    # The job has three attempts of its own, and so has the first repair, which fails.
    with (
        partly_working(example.feedlens.url, times=6) as url,
        example.working(EMBEDDING_SERVER_URL=url, REPAIR_DELAY_MS="100"),
    ):
        until(lambda: example.status()["counts"]["completed"] == 2)
    assert example.printed().splitlines()[1:] == [
        "half: created by multimodal, without ocr",
        "half: still without ocr",
        "half: stored by multimodal",
    ]
    assert example.status()["failed"] == []


def test_a_killed_workers_job_is_stored_by_another(example: BullmqExample) -> None:
    example.feedlens.stop()
    example.enqueue({"media_id": "orphan", "caption": "a post of a killed worker"})
    with example.working(STALLED_MS="1000") as worker:
        until(lambda: example.status()["counts"]["active"] == 1)
        worker.kill()
        worker.wait()
    assert example.status()["counts"]["active"] == 1

    example.feedlens.start()
    with example.working(STALLED_MS="1000"):
        until(lambda: example.status()["counts"]["completed"] == 1)
    assert example.printed().count("orphan: created by multimodal\n") == 1
    assert example.stored("orphan") is not None
    counts = example.status()["counts"]
    assert counts["active"] == counts["failed"] == counts["waiting"] == 0


def test_with_the_flag_off_no_job_is_lost(example: BullmqExample, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(plain("green"))
    example.enqueue(
        {"media_id": "picture", "file": str(picture)}, {"media_id": "words", "caption": "a text"}
    )
    off = {"USE_MULTIMODAL_EMBEDDINGS": "false", "LEGACY_VECTORS": "vectors"}
    with example.working(**off, REPAIR_DELAY_MS="100"):
        until(lambda: "words has no picture" in example.printed())
        until(lambda: "picture: still without multimodal vectors" in example.printed())
    assert "picture: stored by legacy\n" in example.printed()
    assert b"picture" in example.redis.tell("HKEYS", "vectors")
    assert example.status()["failed"] == []
    assert example.stored("picture") is None

    with example.working():
        until(lambda: example.status()["counts"]["completed"] == 3)
    assert "picture: created by multimodal\n" in example.printed()
    assert "words: created by multimodal\n" in example.printed()


def test_where_a_model_is_away_the_old_vector_stands_in_until_a_repair(
    example: BullmqExample, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(plain("yellow"))
    example.enqueue({"media_id": "picture", "file": str(picture)})
    with (
        partly_working(example.feedlens.url, times=1, status=500) as url,
        example.working(EMBEDDING_SERVER_URL=url, LEGACY_VECTORS="vectors", REPAIR_DELAY_MS="100"),
    ):
        until(lambda: example.status()["counts"]["completed"] == 2)
    assert example.printed().splitlines()[1:] == [
        "picture: stored by legacy",
        "picture: created by multimodal",
    ]
    assert b"picture" in example.redis.tell("HKEYS", "vectors")
    assert example.stored("picture") is not None
