from datetime import datetime, timezone

from orchestrator.experiments.ratio import RatioSums
from orchestrator.experiments.tally import Tally
from orchestrator.feed.sessions import Exposure
from orchestrator.store.records import Event

NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)


def event(kind: str, media_id: str, variant: str | None = "calm") -> Event:
    return Event(f"{kind} {media_id} {variant}", "u1", media_id, kind, NOW, variant=variant)


def exposure(sessions: int, impressions: int) -> Exposure:
    return Exposure("u1", "calm", sessions, impressions, NOW)


def test_viewers_are_summed() -> None:
    tally = Tally()
    tally.add(exposure(2, 30), [event("view", "a"), event("like", "a"), event("comment", "b")])
    tally.add(exposure(1, 5), [event("like", "a"), event("dwell", "c")])
    assert (tally.viewers, tally.sessions, tally.impressions) == (2, 3, 35)
    assert (tally.seen, tally.engaged) == (1, 3)
    assert tally.events == {"view": 1, "like": 2, "comment": 1, "dwell": 1}
    assert tally.engagement == RatioSums(viewers=2, x=35, y=3, xx=925, xy=65, yy=5)


def test_a_post_is_engaged_once_however_often_it_is_answered() -> None:
    tally = Tally()
    answers = [event(kind, "a") for kind in ("like", "comment", "share", "save", "follow")]
    tally.add(exposure(1, 10), [*answers, event("view", "a"), event("view", "b")])
    assert (tally.engaged, tally.seen, tally.events.total()) == (1, 2, 7)


def test_what_is_no_answer_engages_nothing() -> None:
    tally = Tally()
    kinds = ("view", "dwell", "skip", "hide", "hide_author", "report")
    tally.add(exposure(1, 10), [event(kind, "a") for kind in kinds])
    assert (tally.engaged, tally.seen, tally.events.total()) == (0, 1, 6)


def test_events_of_other_variants_do_not_count() -> None:
    tally = Tally()
    tally.add(exposure(1, 10), [event("like", "a", "bold"), event("like", "b", None)])
    assert (tally.engaged, tally.events.total(), tally.impressions) == (0, 0, 10)
