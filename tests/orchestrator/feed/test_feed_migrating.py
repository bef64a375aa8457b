"""A feed over both collections, while posts move from the old one to the new one."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.orchestrator.store.conformance import NOW, unit
from tests.support.feeds import Feed, all_pages, ids, open_feed, single_post
from tests.support.old_collection import EAST, NORTH, OldCollection, old_post, open_old_collection


@pytest.fixture
async def feed(tmp_path: Path, old: OldCollection) -> AsyncIterator[Feed]:
    """Three posts that are migrated, of which `both` is in the old collection still."""
    async with open_feed(tmp_path, legacy=old) as opened:
        await opened.store.put_posts(
            [single_post(name, author_id=name, visual=None) for name in ("a", "b", "both")]
        )
        await old.put([old_post("both", NORTH), old_post("liked", EAST, author_id="bob")])
        yield opened


async def test_posts_that_are_not_migrated_stand_among_the_others(
    feed: Feed, old: OldCollection
) -> None:
    await old.put([old_post("near", unit(4, 3, 0, 0, 0)), old_post("far", NORTH)])
    await feed.record("like", "liked")
    page = await feed.first()
    assert sorted(ids(page)) == ["a", "b", "both", "far", "near"]
    items = {item.media_id: item for item in page.items}
    near, far, both = items["near"], items["far"], items["both"]
    assert near.signals["visual"] is not None
    assert near.signals["visual"].raw == pytest.approx(0.8)
    assert far.signals["visual"] is not None
    assert far.signals["visual"].value == pytest.approx(0.0)
    assert near.signals["text"] is None
    assert both.signals["visual"] is None
    for item in page.items:
        present = [signal for signal in item.signals.values() if signal]
        assert sum(signal.contribution for signal in present) == pytest.approx(item.score)
    assert near.explanation.sources == ("legacy", "legacy_new")
    matched = near.explanation.interests["visual"]
    assert matched is not None
    assert (matched.media_id, matched.weight) == (None, 1.0)


async def test_a_post_that_is_migrated_meanwhile_appears_once(
    feed: Feed, old: OldCollection
) -> None:
    await old.put([old_post("moving")])
    assert ids(await feed.first(user_id="u2")).count("moving") == 1
    await feed.store.put_posts([single_post("moving")])
    page = await feed.first(user_id="u3")
    assert ids(page).count("moving") == 1
    (item,) = (item for item in page.items if item.media_id == "moving")
    assert item.signals["text"] is None
    assert "new" in item.explanation.sources


async def test_what_is_known_of_an_old_post_makes_its_signals(
    feed: Feed, old: OldCollection
) -> None:
    await old.put(
        [
            old_post("dated", created_at=NOW - timedelta(hours=24), likes=50, comments=0),
            old_post("undated", created_at=None, author_id=None),
        ]
    )
    await feed.record("like", "liked")
    items = {item.media_id: item for item in (await feed.first()).items}
    recency, engagement = (items["dated"].signals[name] for name in ("recency", "engagement"))
    assert (recency and recency.raw) == pytest.approx(24.0)
    assert (engagement and engagement.value) == pytest.approx(0.5)
    assert items["undated"].signals["recency"] is None


async def test_an_old_post_can_be_seen_hidden_and_paged(feed: Feed, old: OldCollection) -> None:
    await old.put([old_post(f"o{number}", author_id=f"author-{number}") for number in range(9)])
    await feed.record("view", "o1")
    await feed.record("hide", "o2")
    await feed.record("hide_author", "o3", author_id="author-3")
    pages = await all_pages(feed, limit=3)
    shown = [media_id for page in pages for media_id in page]
    expected = {"a", "b", "both", "liked", *(f"o{n}" for n in range(9))} - {"o1", "o2", "o3"}
    assert sorted(shown) == sorted(expected)


async def test_an_author_that_is_not_known_hides_nobody_else(
    feed: Feed, old: OldCollection
) -> None:
    await old.put([old_post("o1", author_id=None), old_post("o2", author_id=None)])
    await feed.record("hide_author", "o1", author_id=None)
    shown = ids(await feed.first())
    assert "o1" not in shown
    assert "o2" in shown


async def test_an_old_post_that_is_deleted_between_pages_is_left_out(
    feed: Feed, old: OldCollection
) -> None:
    await old.put([old_post(f"o{number}") for number in range(4)])
    page = await feed.first(limit=1)
    for number in range(4):
        await old.delete(f"o{number}")
    rest = await feed.next(page, limit=20)
    assert set(ids(rest)) <= {"a", "b", "both", "liked"}


async def test_while_the_old_collection_is_away_the_new_one_serves(
    feed: Feed, old: OldCollection
) -> None:
    await feed.record("like", "liked")
    old.is_away = True
    assert sorted(ids(await feed.first())) == ["a", "b", "both"]


async def test_a_taste_heeds_soon_what_is_migrated(feed: Feed) -> None:
    await feed.record("like", "liked")
    first = await feed.profiles.of("u1")
    assert (len(first.viewer.text.interests), len(first.viewer.legacy.interests)) == (0, 1)
    await feed.store.put_posts([single_post("liked", visual=None, text=unit(0, 1, 0))])
    feed.clock.pass_by(seconds=59)
    assert await feed.profiles.of("u1") is first
    feed.clock.pass_by(seconds=2)
    after = await feed.profiles.of("u1")
    assert len(after.viewer.text.interests) == 1
    feed.clock.pass_by(seconds=3000)
    assert await feed.profiles.of("u1") is after


async def test_without_it_nothing_is_asked(tmp_path: Path) -> None:
    async with open_old_collection(tmp_path) as old, open_feed(tmp_path) as feed:
        await old.put([old_post("o1")])
        asked = old.asked
        await feed.store.put_posts([single_post("a")])
        await feed.record("like", "a")
        assert ids(await feed.first(user_id="u2")) == ["a"]
        assert old.asked == asked
