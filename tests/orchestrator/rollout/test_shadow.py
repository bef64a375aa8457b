import asyncio
import logging

import pytest

from orchestrator.errors import InvalidRequest, StoreUnavailable
from orchestrator.feed.sessions import Snapshot
from orchestrator.rollout.shadow import Agreement, Means, Shadow
from tests.orchestrator.rollout.makers import FakeMaker, new_session, settled

NEW = new_session()


async def served(*media_ids: str) -> Snapshot:
    return (await FakeMaker(media_ids).make(NEW)).signed("multimodal")


def test_agreement_of_two_orders() -> None:
    one = [f"m{n}" for n in range(30)]
    other = [*(f"m{n}" for n in range(5, 10)), *(f"x{n}" for n in range(25))]
    found = Agreement.between(one, other)
    assert (found.overlap_at_10, found.overlap_at_20) == (0.5, 0.25)
    assert found.rank_correlation == 1.0
    assert 0.0 < found.rank_biased_overlap < 0.5


def test_means_are_of_what_there_was() -> None:
    means = Means()
    assert set(means.values.values()) == {None}
    means.note(Agreement(1.0, 0.5, 0.8, None))
    means.note(Agreement(0.0, 0.5, 0.4, -0.5))
    assert means.count == 2
    assert means.values == {
        "overlap_at_10": 0.5,
        "overlap_at_20": 0.5,
        "rank_biased_overlap": pytest.approx(0.6),
        "rank_correlation": -0.5,
    }


async def test_a_comparison_is_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    shadow, other = Shadow(30.0), FakeMaker(("b", "a"))
    with caplog.at_level(logging.INFO):
        shadow.compare(await served("a", "b"), other, NEW)
        await settled()
    assert shadow.means.values["overlap_at_10"] == 1.0
    assert shadow.means.values["rank_correlation"] == -1.0
    assert other.asked == [NEW]
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("shadow of multimodal session s1: Agreement(overlap_at_10=1.0, ")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StoreUnavailable("away"), "unavailable"),
        (InvalidRequest("weights"), "refused"),
        (ZeroDivisionError(), "defect"),
    ],
)
async def test_a_failing_shadow_only_counts(error: Exception, reason: str) -> None:
    shadow = Shadow(30.0)
    shadow.compare(await served("a"), FakeMaker(error=error), NEW)
    await settled()
    assert (shadow.failed, shadow.means.count) == ({reason: 1}, 0)


async def test_a_slow_shadow_is_given_up() -> None:
    shadow, other = Shadow(0.01), FakeMaker(gate=asyncio.Event())
    shadow.compare(await served("a"), other, NEW)
    await settled()
    assert (shadow.failed, other.cancelled) == ({"timeout": 1}, 1)


async def test_two_at_once_and_no_more() -> None:
    shadow, gate = Shadow(30.0), asyncio.Event()
    other = FakeMaker(gate=gate)
    snapshot = await served("a")
    for _ in range(5):
        shadow.compare(snapshot, other, NEW)
    gate.set()
    await settled()
    assert (shadow.skipped, len(other.asked)) == (3, 2)
    shadow.compare(snapshot, other, NEW)
    await settled()
    assert (shadow.means.count, shadow.skipped) == (3, 3)


async def test_closing_ends_what_runs() -> None:
    shadow, other = Shadow(30.0), FakeMaker(gate=asyncio.Event())
    shadow.compare(await served("a"), other, NEW)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await shadow.close()
    assert (other.cancelled, shadow.means.count, shadow.failed) == (1, 0, {})
