"""What variants served: whose post an event is of, and what to count."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.errors import StoreUnavailable
from orchestrator.feed.session_tables import EXPOSURES
from orchestrator.feed.sessions import Exposure, Reaction
from orchestrator.feed.sqlite_sessions import SqliteSessions
from tests.orchestrator.feed.snapshots import CREATED, snapshot
from tests.support.sqlite import query

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.sqlite"


@pytest.fixture
async def sessions(path: Path) -> AsyncIterator[SqliteSessions]:
    opened = SqliteSessions(path, ttl_s=3600, keep_days=7, now=lambda: CREATED)
    yield opened
    await opened.close()


async def save(
    sessions: SqliteSessions,
    session_id: str,
    variant: str,
    *media_ids: str,
    user_id: str = "u1",
    at: datetime = CREATED,
    served: int = 99,
) -> None:
    saved = snapshot(
        session_id, user_id=user_id, created_at=at, media_ids=media_ids, variant=variant
    )
    await sessions.save(saved, served=served)


async def test_a_post_is_of_the_latest_session_that_served_it(sessions: SqliteSessions) -> None:
    await save(sessions, "s1", "calm", "a", "b", "c", served=2)
    await save(sessions, "s2", "bold", "b", at=CREATED + HOUR)
    asked = [
        ("u1", "a", CREATED + 2 * HOUR),
        ("u1", "b", CREATED + 2 * HOUR),
        ("u1", "b", CREATED + HOUR),
        ("u1", "b", CREATED + HOUR - MICROSECOND),
        ("u1", "b", CREATED - MICROSECOND),
        ("u1", "c", CREATED + 2 * HOUR),
        ("u2", "a", CREATED + 2 * HOUR),
    ]
    found = await sessions.served_by([Reaction(*each) for each in asked])
    assert found == ["calm", "bold", "bold", "calm", None, None, None]


async def test_a_later_page_counts_from_when_it_is_served(sessions: SqliteSessions) -> None:
    await save(sessions, "s1", "calm", "a", "b", "c", served=1)
    asked = [Reaction("u1", "c", CREATED + HOUR)]
    assert await sessions.served_by(asked) == [None]
    await sessions.mark_served("s1", 3)
    assert await sessions.served_by(asked) == ["calm"]


async def test_of_two_sessions_of_one_moment_the_later_saved(sessions: SqliteSessions) -> None:
    await save(sessions, "s1", "calm", "a")
    await save(sessions, "s2", "bold", "a")
    assert await sessions.served_by([Reaction("u1", "a", CREATED)]) == ["bold"]


async def test_what_a_session_served_is_known_after_it_ended(path: Path) -> None:
    moments = iter([CREATED, *[CREATED + 2 * HOUR] * 10])
    sessions = SqliteSessions(path, ttl_s=3600, keep_days=7, now=lambda: next(moments))
    await save(sessions, "s1", "calm", "a", "b", served=1)
    await save(sessions, "s2", "bold", "c", at=CREATED + 2 * HOUR)
    reactions = [Reaction("u1", each, CREATED + HOUR) for each in "abc"]
    assert await sessions.served_by(reactions) == ["calm", None, None]
    await sessions.close()


async def test_a_thousand_reactions_of_many_viewers(sessions: SqliteSessions) -> None:
    for number in range(120):
        variant = "calm" if number % 3 else "bold"
        await save(sessions, f"s{number}", variant, "a", "b", user_id=f"u{number}")
    asked = [Reaction(f"u{number % 130}", "abz"[number % 3], CREATED) for number in range(1000)]
    assert await sessions.served_by(asked) == [
        None if number % 130 >= 120 or number % 3 == 2 else ("calm" if number % 130 % 3 else "bold")
        for number in range(1000)
    ]
    assert await sessions.served_by([]) == []


async def test_damaged_ids_are_told(sessions: SqliteSessions, path: Path) -> None:
    await save(sessions, "s1", "calm", "a")
    query(path, "UPDATE sessions SET media_ids = '[\"a\"'")
    with pytest.raises(StoreUnavailable):
        await sessions.served_by([Reaction("u1", "a", CREATED)])


async def test_exposures_are_counted_by_viewer_and_variant(sessions: SqliteSessions) -> None:
    await save(sessions, "s1", "calm", "a", "b", "c", served=2)
    await save(sessions, "s2", "calm", "a", at=CREATED + HOUR)
    await save(sessions, "s3", "bold", "a", "b", at=CREATED + 2 * HOUR)
    await save(sessions, "s4", "bold", "a", user_id="u0", at=CREATED + HOUR)
    await save(sessions, "s5", "legacy", "a", user_id="u2")
    await save(sessions, "s6", "calm", "a", user_id="u3", served=0)
    assert await sessions.exposures(["calm", "bold"], since=None, after="", limit=9) == [
        Exposure("u0", "bold", 1, 1, CREATED + HOUR),
        Exposure("u1", "bold", 1, 2, CREATED + 2 * HOUR),
        Exposure("u1", "calm", 2, 3, CREATED),
    ]
    assert await sessions.exposures(["calm"], since=CREATED + HOUR, after="", limit=9) == [
        Exposure("u1", "calm", 1, 1, CREATED + HOUR)
    ]
    assert await sessions.exposures([], since=None, after="", limit=9) == []


async def test_exposures_come_some_viewers_at_a_time(sessions: SqliteSessions) -> None:
    for number in range(7):
        for variant in ("calm", "bold"):
            await save(sessions, f"{variant}{number}", variant, "a", user_id=f"u{number}")
    pages, after = [], ""
    while page := await sessions.exposures(["calm", "bold"], since=None, after=after, limit=3):
        pages.append([(each.user_id, each.variant) for each in page])
        after = page[-1].user_id
    assert pages == [
        [(f"u{number}", variant) for number in numbers for variant in ("bold", "calm")]
        for numbers in ((0, 1, 2), (3, 4, 5), (6,))
    ]


async def test_counting_reads_an_index_alone(sessions: SqliteSessions, path: Path) -> None:
    """The rows hold the ids of all posts, a hundred times what is counted."""
    values = {"variants": '["calm"]', "since": 0, "after": "", "limit": 9}
    with closing(sqlite3.connect(path)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {EXPOSURES}", values).fetchall()
    steps = [step for *_, step in plan if " sessions" in step]
    assert len(steps) == 2
    for step in steps:
        assert "USING COVERING INDEX sessions_counted (user_id" in step
