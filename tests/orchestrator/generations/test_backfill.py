"""All posts into the next generation, while others are written."""

import errno
import json
import os
import threading

import pytest

from orchestrator.errors import InferenceUnavailable
from orchestrator.generations.backfill import Backfill
from orchestrator.generations.filling import is_filled
from tests.orchestrator.generations.conftest import Two
from tests.orchestrator.generations.pictures import picture
from tests.orchestrator.store.conformance import post
from tests.support.fake_models import Gate

PICTURE = picture()
COUNT = 120
"""More than are read at once."""
LOST = COUNT // 10
KEPT = COUNT - LOST


async def well() -> bool:
    return True


def backfill(two: Two, workers: int = 3) -> Backfill:
    path = two.folder / "report.jsonl"
    return Backfill(two.filler, path, is_well=well, workers=workers)


async def stored(two: Two) -> None:
    """Posts of which every tenth has no picture left, and every other tenth only words."""
    posts = []
    for number in range(COUNT):
        one = post(f"m{number}", content_hash=PICTURE.content_hash)
        if number % 10 == 1:
            one = post(f"m{number}", media_type="text", visual=None, content_hash=None)
        elif number % 10:
            await two.kept.keep(f"m{number}", PICTURE)
        posts.append(one)
    await two.serving.put_posts(posts)


async def test_every_post_is_filled_or_named(two: Two) -> None:
    await stored(two)
    run = backfill(two)
    run.start()
    await run.wait()
    assert run.state == "done"
    assert run.tally.kinds == {"done": KEPT, "failed": LOST}
    assert run.tally.reasons == {"no-path": LOST}
    lines = [json.loads(line) for line in run.report_path.read_text().splitlines()]
    assert {line["media_id"] for line in lines} == {f"m{number}" for number in range(0, COUNT, 10)}
    found = await two.beside.get_posts([f"m{n}" for n in range(COUNT)], with_vectors=True)
    assert sum(map(is_filled, found.values())) == KEPT


async def test_a_second_run_asks_no_model_again(two: Two) -> None:
    await stored(two)
    for _ in range(2):
        run = backfill(two)
        run.start()
        await run.wait()
        asked, two.models.calls = list(two.models.calls), []
    assert run.tally.kinds == {"known": KEPT, "failed": LOST}
    assert "embed_image" not in asked
    # What failed still fails, and stands in the report once.
    assert len(run.report_path.read_text().splitlines()) == LOST


async def test_stopped_and_gone_on_with(two: Two) -> None:
    await stored(two)
    two.models.gates["embed_image"] = gate = Gate()
    run = backfill(two)
    run.start()
    await gate.came.wait()
    gate.set()
    await run.stop()
    assert run.state == "stopped"
    done = run.tally.kinds["done"]
    assert 0 < done < KEPT
    again = backfill(two)
    again.start()
    await again.wait()
    assert again.tally.kinds["done"] + done == KEPT


async def test_the_event_loop_never_waits_for_the_reports_disk(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set()
    sync = os.fsync

    def recorded(file: int) -> None:
        threads.add(threading.get_ident())
        sync(file)

    await stored(two)
    monkeypatch.setattr(os, "fsync", recorded)
    run = backfill(two)
    run.start()
    await run.wait()
    assert run.tally.kinds["failed"] == LOST
    assert threads
    assert threading.get_ident() not in threads


async def test_a_report_that_can_not_be_written_ends_the_run(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stored(two)
    run = backfill(two)

    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    run.start()
    await run.wait()
    assert "can't be written: No space left on device" in run.state


async def test_what_a_model_alone_refuses_does_not_hold_up_the_rest(two: Two) -> None:
    await two.serving.put_posts([post("m1", media_type="text", visual=None)])
    two.models.failing["embed_text"] = refusal = InferenceUnavailable("broken", model="text")
    refusal.retry_after_s = 0
    run = backfill(two)
    run.start()
    await run.wait()
    assert run.state == "done"
    assert run.tally.reasons == {"model-unavailable": 1}
