import numpy as np
import pytest

from orchestrator.feed.arrangement import Arrangement
from orchestrator.feed.entries import Entry
from orchestrator.feed.items import (
    Item,
    MatchedInterest,
    items_of,
    items_of_ranked,
    take_snapshot,
)
from orchestrator.feed.prepared import as_post
from orchestrator.feed.sessions import Snapshot
from orchestrator.feed.snapshot_blob import Contents, read_blob, write_blob
from ranking.rank import Ranking, rank
from ranking.types import Interest, RankedPosts, Taste, Viewer
from ranking.weights import SIGNALS
from tests.orchestrator.store.conformance import NOW, post, unit
from tests.support.feeds import IDENTITY

VIEWER = Viewer(
    text=Taste((Interest(unit(1, 0, 0), 1.0, "liked"), Interest(unit(0, 1, 0), 0.5, "saved")))
)
STORED = {
    "east": post("east", visual=None),
    "north": post("north", text=unit(0, 1, 0), author_id="bob"),
    "mute": post("mute", text=None, author_id="eve"),
}


def ranked() -> RankedPosts:
    posts = [as_post(each) for each in STORED.values()]
    return rank(posts, VIEWER, now_s=NOW.timestamp(), ranking=Ranking(IDENTITY))


def snapshot() -> Snapshot:
    """The three posts; the second stands by chance, and the last was served before."""
    rows = ranked()
    entries = tuple(
        Entry(each, 0b00101 << place, ("copy", "other") if place == 1 else ())
        for place, each in enumerate(rows.posts)
    )
    arrangement = Arrangement(rows, entries, new=2, explored={1: 0.25})
    return take_snapshot(
        arrangement,
        VIEWER,
        session_id="s",
        user_id="u",
        created_at=NOW,
        seed=7,
        variant="calm",
    )


def test_a_snapshot_says_what_was_ranked() -> None:
    rows, items = ranked(), items_of(snapshot(), 0, 99)
    assert [item.media_id for item in items] == [each.media_id for each in rows.posts]
    for item, row in zip(items, rows, strict=True):
        assert item.score == row.score
        assert tuple(item.signals) == SIGNALS
        assert dict(item.signals) == row.signals
        present = [signal for signal in item.signals.values() if signal]
        assert sum(one.contribution for one in present) == pytest.approx(row.score, abs=1e-9)
        assert item.explanation.redundancy == row.redundancy
        assert item.explanation.place_by_score == row.place_by_score


def test_what_only_a_feed_knows() -> None:
    first, second, third = items_of(snapshot(), 0, 3)
    assert first.explanation.sources == ("visual", "new")
    assert second.explanation.sources == ("text", "liked")
    assert third.explanation.sources == ("new", "discussed")
    assert (first.duplicates, second.duplicates) == ((), ("copy", "other"))
    assert [item.explanation.propensity for item in (first, second, third)] == [None, 0.25, None]
    assert second.reason == "is new and few have seen it yet"
    assert [item.explanation.place for item in (first, second, third)] == [0, 1, 2]
    assert [item.explanation.served_before for item in (first, second, third)] == [
        False, False, True,
    ]  # fmt: skip


def by_id(items: list[Item]) -> dict[str, Item]:
    return {item.media_id: item for item in items}


@pytest.mark.parametrize("made", [items_of(snapshot(), 0, 3), items_of_ranked(ranked(), VIEWER)])
def test_the_interest_that_a_post_is_near_is_named(made: list[Item]) -> None:
    items = by_id(made)
    interests = {key: item.explanation.interests for key, item in items.items()}
    assert interests == {
        "east": {"visual": None, "text": MatchedInterest("liked", 1.0)},
        "north": {"visual": None, "text": MatchedInterest("saved", 0.5)},
        "mute": {"visual": None, "text": None},
    }
    assert items["mute"].signals["text"] is None
    signal = items["east"].signals["text"]
    assert signal is not None
    assert (signal.raw, signal.value) == (1.0, 1.0)
    # 0.25 of 0.70, as the viewer's 0.30 for pictures are nobody's
    assert signal.weight == signal.contribution == pytest.approx(0.25 / 0.7)


def test_pages_are_parts_of_the_whole() -> None:
    taken = snapshot()
    whole = items_of(taken, 0, 3)
    assert items_of(taken, 1, 2) == whole[1:2]
    assert items_of(taken, 2, 50) == whole[2:]
    assert items_of(taken, 3, 5) == []


def test_a_snapshot_is_the_same_from_the_file() -> None:
    taken = snapshot()
    blob = write_blob(Contents(taken.seed, taken.numbers, taken.notes), posts=3)
    read = read_blob(blob, posts=3)
    again = Snapshot("s", "u", NOW, read.seed, taken.media_ids, read.numbers, read.notes, "calm")
    assert items_of(again, 0, 3) == items_of(taken, 0, 3)


def test_a_snapshot_of_nothing() -> None:
    nothing = rank([], Viewer(), now_s=0.0, ranking=Ranking(IDENTITY))
    taken = take_snapshot(
        Arrangement(nothing, (), new=0, explored={}),
        Viewer(),
        session_id="s",
        user_id="u",
        created_at=NOW,
        seed=0,
        variant="calm",
    )
    assert (taken.media_ids, items_of(taken, 0, 10)) == ((), [])
    assert taken.numbers["signals"].shape == (0, 5, 3)
    assert taken.numbers["sources"].dtype == np.int64


def test_a_list_knows_no_sources_copies_or_chance() -> None:
    for place, item in enumerate(items_of_ranked(ranked(), VIEWER)):
        explanation = item.explanation
        assert (explanation.place, explanation.sources, item.duplicates) == (place, (), ())
        assert (explanation.propensity, explanation.served_before) == (None, False)
