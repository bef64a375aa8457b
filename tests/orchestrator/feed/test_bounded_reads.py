"""A legacy collection that hangs or is away costs feeds one short wait, then none for a while."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.errors import LeftAlone
from orchestrator.feed.bounded_reads import BoundedReads
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.store.embedded.backend import EmbeddedStore
from tests.orchestrator.store.conformance import NOW, SCHEMA
from tests.support.old_collection import EAST, OldCollection, old_post


class Timer:
    """Seconds that pass when they are told to."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def timer() -> Timer:
    return Timer()


async def reads_of(old: OldCollection, timer: Timer, *, timeout_s: float = 60.0) -> BoundedReads:
    await old.put([old_post(f"m{number:04}") for number in range(1200)])
    return BoundedReads(old, timeout_s=timeout_s, pause_s=5.0, timer=timer)


async def test_what_answers_is_asked(old: OldCollection, timer: Timer) -> None:
    reads = await reads_of(old, timer)
    names = [f"m{number:04}" for number in range(1200)]
    assert (await reads.get(names)).keys() == set(names)
    assert (await reads.nearest(EAST, limit=1))[0].cosine == pytest.approx(1.0)
    assert await reads.newest(limit=1) == ["m1199"]


@pytest.mark.parametrize("failing", ["hangs", "is away"])
async def test_what_does_not_answer_is_left_alone_for_a_while(
    old: OldCollection, timer: Timer, failing: str, caplog: pytest.LogCaptureFixture
) -> None:
    reads = await reads_of(old, timer, timeout_s=0.05 if failing == "hangs" else 60.0)
    old.is_away = failing == "is away"
    old.hanging = "newest" if failing == "hangs" else ""
    with pytest.raises(LeftAlone):
        await reads.newest(limit=1)
    asked = old.asked
    timer.now_s = 4.9
    for _ in range(3):
        with pytest.raises(LeftAlone):
            await reads.get(["m0001"])
    assert old.asked == asked
    assert caplog.text.count("feeds go on without the legacy collection for 5 s") == 1
    old.is_away, old.hanging = False, ""
    timer.now_s = 5.1
    assert (await reads.get(["m0001"])).keys() == {"m0001"}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path, SCHEMA)
    yield opened
    await opened.close()


async def test_feeds_say_nothing_of_what_was_said(
    old: OldCollection, store: EmbeddedStore, timer: Timer, caplog: pytest.LogCaptureFixture
) -> None:
    unmigrated = Unmigrated(await reads_of(old, timer, timeout_s=0.05), store, lambda: NOW)
    old.hanging = "get"
    assert await unmigrated.posts(["m0001"]) == {}
    assert await unmigrated.newest(limit=2) == []
    assert await unmigrated.near(EAST, limit=2) == []
    assert len(caplog.records) == 1
