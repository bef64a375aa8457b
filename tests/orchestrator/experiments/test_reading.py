from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.errors import NotFound
from orchestrator.experiments import reading
from orchestrator.experiments.experiment import Experiment, Variant
from orchestrator.experiments.reading import Reports
from orchestrator.store.records import Event
from tests.orchestrator.feed.snapshots import snapshot
from tests.orchestrator.store.conformance import NOW
from tests.support.feeds import Feed, open_feed

EXPERIMENT = Experiment("colours", (Variant("calm", 1), Variant("bold", 1)), "calm", "salt")
HOUR = timedelta(hours=1)


@pytest.fixture
async def feed(tmp_path: Path) -> AsyncIterator[Feed]:
    async with open_feed(tmp_path) as opened:
        yield opened


@pytest.fixture
def reports(feed: Feed) -> Reports:
    return Reports(EXPERIMENT, feed.sessions, feed.store)


def assigned(user_id: str) -> str:
    return EXPERIMENT.variant_of(user_id).name


async def serve(feed: Feed, user_id: str, variant: str | None = None, hours: int = 0) -> None:
    """A session of three posts, of which two are served."""
    saved = snapshot(
        f"{user_id} {variant} {hours}",
        user_id=user_id,
        created_at=NOW + hours * HOUR,
        variant=variant or assigned(user_id),
    )
    await feed.sessions.save(saved, served=2)


async def like(feed: Feed, user_id: str, *media_ids: str, hours: int = 0) -> None:
    await feed.store.add_events(
        [
            Event(
                f"{user_id} {each} {hours}",
                user_id,
                each,
                "like",
                NOW + hours * HOUR,
                variant=assigned(user_id),
            )
            for each in media_ids
        ]
    )


async def test_more_viewers_than_a_page_holds(
    feed: Feed, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_VIEWERS_A_PAGE", 7)
    monkeypatch.setattr(reading, "_VIEWERS_AT_ONCE", 3)
    viewers = [f"u{number}" for number in range(30)]
    for number, user_id in enumerate(viewers):
        await serve(feed, user_id)
        await like(feed, user_id, *("m1", "m2")[: number % 3])
    found = await reports.report("colours")
    for each in found.variants:
        own = [n for n, user_id in enumerate(viewers) if assigned(user_id) == each.variant.name]
        sums = each.tally.engagement
        assert (sums.viewers, sums.x, sums.xx) == (len(own), 2 * len(own), 4 * len(own))
        assert sums.y == sum(n % 3 for n in own)
        assert sums.yy == sum((n % 3) ** 2 for n in own)
    assert found.first_session_at == NOW


async def test_events_before_the_counted_sessions_do_not_count(
    feed: Feed, reports: Reports
) -> None:
    for hours in (0, 2):
        await serve(feed, "ada", hours=hours)
        await like(feed, "ada", f"m{hours}", hours=hours)
    for since, engaged in [(None, 2), (NOW + HOUR, 1)]:
        found = await reports.report("colours", since=since)
        (tally,) = (each.tally for each in found.variants if each.tally.viewers)
        assert (tally.impressions, tally.engaged) == (2 * engaged, engaged)
        assert found.first_session_at == (NOW if since is None else NOW + 2 * HOUR)


async def test_the_experiment_says_since_when_where_the_request_does_not(feed: Feed) -> None:
    reports = Reports(replace(EXPERIMENT, since=NOW + HOUR), feed.sessions, feed.store)
    for hours in (0, 1, 2):
        await serve(feed, "ada", hours=hours)
    for since, sessions in [(None, 2), (NOW, 3), (NOW + 2 * HOUR, 1)]:
        found = await reports.report("colours", since=since)
        assert sum(each.tally.sessions for each in found.variants) == sessions


async def test_viewers_of_another_variant_than_theirs_are_left_out(
    feed: Feed, reports: Reports
) -> None:
    other = {"calm": "bold", "bold": "calm"}
    await serve(feed, "both")
    await serve(feed, "both", other[assigned("both")])
    await serve(feed, "wrong", other[assigned("wrong")])
    await serve(feed, "old", "multimodal")
    await serve(feed, "true")
    found = await reports.report("colours")
    assert sum(each.tally.viewers for each in found.variants) == 1
    assert found.crossed_viewers == 2


async def test_a_viewer_with_very_many_events(
    feed: Feed, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_EVENTS", 3)
    await serve(feed, "ada")
    await like(feed, "ada", *(f"m{number}" for number in range(5)))
    found = await reports.report("colours")
    assert sum(each.tally.engaged for each in found.variants) == 3
    assert found.warnings[-1] == "of 1 viewers with very many events only the latest count"


async def test_another_experiment_or_none(feed: Feed, reports: Reports) -> None:
    with pytest.raises(NotFound, match=r"'shapes' is not the experiment .*; 'colours' is"):
        await reports.report("shapes")
    with pytest.raises(NotFound, match=r"'shapes' is not the experiment .*; none is"):
        await Reports(None, feed.sessions, feed.store).report("shapes")
