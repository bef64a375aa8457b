import asyncio

import pytest

from orchestrator.errors import FingerprintMismatch, InvalidRequest, StoreUnavailable, Unavailable
from orchestrator.media.errors import Missing
from orchestrator.runs.errors import GaveUp, ReportFailed
from orchestrator.runs.outcome import Outcome
from orchestrator.runs.patience import Patience
from orchestrator.runs.pipeline import Pipeline
from tests.orchestrator.runs.made_work import (
    Numbers,
    Work,
    always_well,
    never_well,
    outcome,
)


def pipeline(
    source: Numbers,
    work: Work,
    told: list[Outcome],
    *,
    limit: int | None = None,
    patience: Patience | None = None,
) -> Pipeline[int]:
    return Pipeline(
        source,
        work,
        told.append,
        workers=3,
        patience=patience or Patience(60, always_well),
        limit=limit,
    )


def points(told: list[Outcome], kind: str) -> list[int]:
    return sorted(int(each.point_id) for each in told if each.kind == kind)


async def test_every_item_is_done_once() -> None:
    told: list[Outcome] = []
    work = Work()
    await pipeline(Numbers(35), work, told).run()
    assert sorted(told, key=lambda each: int(each.point_id)) == [
        outcome("done", number) for number in range(35)
    ]
    assert sorted(work.begun) == list(range(35))


async def test_as_many_at_once_as_there_are_workers() -> None:
    work = Work()
    await pipeline(Numbers(35), work, []).run()
    assert work.most_at_once == 3


async def test_what_is_known_is_not_done_again() -> None:
    told: list[Outcome] = []
    work = Work(known=set(range(0, 35, 2)))
    await pipeline(Numbers(35), work, told).run()
    assert sorted(work.begun) == list(range(1, 35, 2))
    assert points(told, "known") == list(range(0, 35, 2))


async def test_the_reader_does_not_run_ahead() -> None:
    """A queue of six and three in work: of a thousand items, two pages are read at most."""
    source, gate = Numbers(1000), asyncio.Event()

    async def wait(_: int) -> None:
        await gate.wait()

    running = asyncio.ensure_future(pipeline(source, Work(act=wait), []).run())
    for _ in range(100):
        await asyncio.sleep(0)
    assert source.asked == [None]
    gate.set()
    await running
    assert len(source.asked) == 100


@pytest.mark.parametrize(("limit", "done"), [(0, 0), (7, 7), (10, 10), (23, 23), (99, 35)])
async def test_a_limit_is_of_items_that_were_not_known(limit: int, done: int) -> None:
    work = Work(known=set(range(100, 110)))
    await pipeline(Numbers(35), work, [], limit=limit).run()
    assert sorted(work.begun) == list(range(done))


async def test_a_limit_reads_on_past_what_is_known() -> None:
    work = Work(known=set(range(20)))
    await pipeline(Numbers(35), work, [], limit=3).run()
    assert sorted(work.begun) == [20, 21, 22]


async def test_one_that_fails_does_not_fail_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    errors: dict[int, Exception] = {
        3: Missing("no such file"),
        4: InvalidRequest("the model refuses it"),
        5: ZeroDivisionError("division by zero"),
    }

    async def fail(item: int) -> None:
        if item in errors:
            raise errors[item]

    told: list[Outcome] = []
    await pipeline(Numbers(12), Work(act=fail), told).run()
    failed = {each.point_id: each for each in told if each.kind == "failed"}
    assert failed == {
        "3": Outcome("failed", "3", "m3", "not-found", "no such file"),
        "4": Outcome("failed", "4", "m4", "refused", "the model refuses it"),
        "5": Outcome("failed", "5", "m5", "defect", "ZeroDivisionError('division by zero')"),
    }
    assert points(told, "done") == [0, 1, 2, 6, 7, 8, 9, 10, 11]
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[1] is errors[5]


async def test_one_that_models_never_answer_is_reported_while_others_are_done() -> None:
    class Away(Unavailable):
        retry_after_s = 0

    async def fail(item: int) -> None:
        if item == 5:
            raise Away("ocr did not answer in time")

    told: list[Outcome] = []
    await pipeline(Numbers(12), Work(act=fail), told).run()
    (failed,) = (each for each in told if each.kind == "failed")
    assert (failed.point_id, failed.detail) == ("5", "ocr did not answer in time")


async def test_a_page_is_asked_for_again_where_the_store_is_away() -> None:
    class Away(StoreUnavailable):
        retry_after_s = 0

    class Stumbling(Numbers):
        async def page(self, after: str | None):  # type: ignore[no-untyped-def]
            answer = await super().page(after)
            if self.asked.count(after) == 1:
                raise Away("the store is away")
            return answer

    source, told = Stumbling(25), []  # type: ignore[var-annotated]
    await pipeline(source, Work(), told).run()
    assert source.asked == [None, None, "10", "10", "20", "20"]
    assert points(told, "done") == list(range(25))


async def test_giving_up_ends_the_run() -> None:
    async def fail(_: int) -> None:
        raise StoreUnavailable("the store is away")

    told: list[Outcome] = []
    with pytest.raises(GaveUp, match="the store is away"):
        await pipeline(Numbers(25), Work(act=fail), told, patience=Patience(0, never_well)).run()
    assert told == []


async def test_vectors_of_other_models_end_the_run() -> None:
    async def fail(_: int) -> None:
        raise FingerprintMismatch("clip@2, the store holds clip@1")

    with pytest.raises(FingerprintMismatch):
        await pipeline(Numbers(25), Work(act=fail), []).run()


async def test_a_report_that_can_not_be_written_ends_the_run() -> None:
    def tell(_: Outcome) -> None:
        raise ReportFailed("no space left")

    work = Work()
    broken = Pipeline(Numbers(1000), work, tell, workers=3, patience=Patience(60, always_well))
    with pytest.raises(ReportFailed, match="no space left"):
        await broken.run()
    assert len(work.begun) < 10


@pytest.mark.parametrize("count", [1, 3, 4, 8, 9, 10, 1000])
async def test_stopped_it_ends_what_is_being_done_and_begins_nothing(count: int) -> None:
    """Wherever the reader is: waiting for room in the queue, or at its end."""
    gate, begun = asyncio.Event(), asyncio.Event()

    async def wait(_: int) -> None:
        begun.set()
        await gate.wait()

    told: list[Outcome] = []
    work = Work(act=wait)
    stopped = pipeline(Numbers(count), work, told)
    running = asyncio.ensure_future(stopped.run())
    await begun.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    stopped.stop()
    gate.set()
    await asyncio.wait_for(running, timeout=10)
    assert points(told, "done") == sorted(work.begun)
    assert len(work.begun) <= 3


async def test_stopped_it_drops_what_waits_for_a_model() -> None:
    waiting = asyncio.Event()

    async def fail(item: int) -> None:
        if item == 0:
            waiting.set()
            raise StoreUnavailable("the store is away")

    told: list[Outcome] = []
    stopped = pipeline(Numbers(1), Work(act=fail), told, patience=Patience(600, never_well))
    running = asyncio.ensure_future(stopped.run())
    await waiting.wait()
    stopped.stop()
    await asyncio.wait_for(running, timeout=10)
    assert told == []
