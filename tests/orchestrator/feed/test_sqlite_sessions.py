import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.errors import Conflict, StoreUnavailable
from orchestrator.feed.sessions import Sessions
from orchestrator.feed.sqlite_sessions import SqliteSessions
from tests.orchestrator.feed.snapshots import CREATED, same, snapshot
from tests.support.sqlite import query

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = CREATED

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "sessions.sqlite"


@pytest.fixture
async def sessions(path: Path, clock: Clock) -> AsyncIterator[Sessions]:
    opened = SqliteSessions(path, ttl_s=3600, keep_days=7, now=clock)
    yield opened
    await opened.close()


async def test_a_session_comes_back_to_the_bit(sessions: Sessions) -> None:
    saved = snapshot()
    await sessions.save(saved, served=0)
    assert same(await sessions.get("s1"), saved)
    assert await sessions.get("s2") is None


async def test_a_session_of_no_post_is_one(sessions: Sessions) -> None:
    saved = snapshot(media_ids=())
    await sessions.save(saved, served=20)
    assert same(await sessions.get("s1"), saved)
    assert await sessions.served_to("u1", since=CREATED) == []


@settings(max_examples=30)
@given(ids=st.lists(texts, min_size=3, max_size=3, unique=True))
def test_ids_may_be_any_text(ids: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    async def round_trip() -> None:
        path = tmp_path_factory.mktemp("sessions") / "file"
        sessions = SqliteSessions(path, ttl_s=3600, keep_days=7, now=lambda: CREATED)
        saved = snapshot(ids[0], user_id=ids[1], media_ids=tuple(ids))
        await sessions.save(saved, served=2)
        assert same(await sessions.get(ids[0]), saved)
        assert await sessions.served_to(ids[1], since=CREATED) == ids[:2]
        assert await sessions.served_to(ids[2], since=CREATED) == []
        await sessions.close()

    asyncio.run(round_trip())


async def test_an_id_is_used_once(sessions: Sessions) -> None:
    first = snapshot()
    await sessions.save(first, served=1)
    with pytest.raises(Conflict, match="session s1 is saved already"):
        await sessions.save(snapshot(media_ids=("other",)), served=1)
    assert same(await sessions.get("s1"), first)


async def test_what_is_served_never_falls_and_ends_with_the_posts(sessions: Sessions) -> None:
    await sessions.save(snapshot(), served=1)
    for upto, served in [(0, ["m1"]), (2, ["m1", "m2"]), (1, ["m1", "m2"]), (-5, ["m1", "m2"])]:
        await sessions.mark_served("s1", upto)
        assert await sessions.served_to("u1", since=CREATED) == served
    await sessions.mark_served("s1", 99)
    assert await sessions.served_to("u1", since=CREATED) == ["m1", "m2", "m3"]
    await sessions.mark_served("unknown", 3)


async def test_served_posts_come_latest_session_first_without_repeats(sessions: Sessions) -> None:
    await sessions.save(snapshot("old", media_ids=("a", "b", "x")), served=2)
    await sessions.save(
        snapshot("new", created_at=CREATED + HOUR, media_ids=("c", "a", "d")), served=3
    )
    await sessions.save(snapshot("same time", media_ids=("e", "b")), served=2)
    await sessions.save(snapshot("other", user_id="u2", media_ids=("z",)), served=1)
    assert await sessions.served_to("u1", since=CREATED) == ["c", "a", "d", "e", "b"]
    assert await sessions.served_to("u1", since=CREATED + MICROSECOND) == ["c", "a", "d"]
    assert await sessions.served_to("u1", since=CREATED, limit=4) == ["c", "a", "d", "e"]
    assert await sessions.served_to("u1", since=CREATED, limit=2) == ["c", "a"]
    assert await sessions.served_to("unknown", since=CREATED) == []


async def test_a_date_of_another_zone_is_the_same_moment(sessions: Sessions) -> None:
    east = CREATED.astimezone(timezone(timedelta(hours=9)))
    await sessions.save(snapshot(created_at=east), served=1)
    assert same(await sessions.get("s1"), snapshot())
    assert await sessions.served_to("u1", since=east) == ["m1"]


async def test_a_session_ends_after_its_time_to_live(sessions: Sessions, clock: Clock) -> None:
    await sessions.save(snapshot(), served=1)
    clock.now = CREATED + HOUR
    assert same(await sessions.get("s1"), snapshot())
    clock.now += MICROSECOND
    assert await sessions.get("s1") is None
    assert await sessions.served_to("u1", since=CREATED) == ["m1"]


async def test_what_ended_leaves_only_what_it_served(
    sessions: Sessions, clock: Clock, path: Path
) -> None:
    for number in range(20):
        await sessions.save(snapshot(f"s{number}", media_ids=(f"a{number}", "b")), served=1)
    clock.now = CREATED + 2 * HOUR
    for number in range(3):
        await sessions.save(snapshot(f"new{number}", created_at=clock.now), served=0)
    served = await sessions.served_to("u1", since=CREATED)
    assert served == [f"a{number}" for number in reversed(range(20))]
    assert same(await sessions.get("new0"), snapshot("new0", created_at=clock.now))
    await sessions.mark_served("s1", 2)
    assert await sessions.served_to("u1", since=CREATED) == served
    await sessions.close()
    assert query(path, "SELECT number FROM snapshots") == [(21,), (22,), (23,)]
    assert query(path, "SELECT media_ids, served, posts FROM sessions WHERE number = 2") == [
        ('["a1"]', 1, 1)
    ]


async def test_what_ended_goes_in_small_steps(sessions: Sessions, clock: Clock, path: Path) -> None:
    for number in range(20):
        await sessions.save(snapshot(f"s{number}"), served=1)
    await sessions.get("s0")  # stands in line behind the last save's tidying
    clock.now = CREATED + 2 * HOUR
    await sessions.save(snapshot("new", created_at=clock.now), served=0)
    await sessions.close()
    assert query(path, "SELECT count(*) FROM snapshots") == [(13,)]


async def test_what_was_served_is_forgotten_after_the_days_to_keep(
    sessions: Sessions, clock: Clock, path: Path
) -> None:
    await sessions.save(snapshot("first"), served=3)
    await sessions.save(snapshot("second", created_at=CREATED + MICROSECOND), served=2)
    clock.now = CREATED + 7 * DAY + MICROSECOND
    await sessions.save(snapshot("new", created_at=clock.now, media_ids=("n",)), served=1)
    assert await sessions.served_to("u1", since=CREATED) == ["n", "m1", "m2"]
    await sessions.close()
    assert query(path, "SELECT session_id FROM sessions ORDER BY number") == [("second",), ("new",)]
    assert query(path, "SELECT number FROM snapshots") == [(3,)]


async def test_a_session_that_lives_is_kept_however_few_the_days(path: Path, clock: Clock) -> None:
    sessions = SqliteSessions(path, ttl_s=3600, keep_days=0, now=clock)
    await sessions.save(snapshot(), served=1)
    clock.now = CREATED + HOUR
    await sessions.save(snapshot("new"), served=1)
    assert same(await sessions.get("s1"), snapshot())
    await sessions.close()


async def test_calls_at_once_lose_nothing(sessions: Sessions) -> None:
    ids = tuple(f"m{place}" for place in range(100))
    await asyncio.gather(
        *(sessions.save(snapshot(f"s{number}", user_id=f"u{number}", media_ids=ids), served=1)
          for number in range(20)),
        *(sessions.mark_served(f"s{number}", upto)
          for upto in (50, 90, 10) for number in range(20)),
    )  # fmt: skip
    for number in range(20):
        assert await sessions.served_to(f"u{number}", since=CREATED) == list(ids[:90])


async def test_of_two_saves_of_one_id_one_wins(sessions: Sessions) -> None:
    found = await asyncio.gather(
        *(sessions.save(snapshot(), served=1) for _ in range(5)), return_exceptions=True
    )
    assert [type(one) for one in found].count(Conflict) == 4
    assert found.count(None) == 1


async def test_two_openings_of_one_file_share_it(
    sessions: Sessions, path: Path, clock: Clock
) -> None:
    other = SqliteSessions(path, ttl_s=3600, keep_days=7, now=clock)
    await asyncio.gather(
        *(one.save(snapshot(f"{name}{number}"), served=2)
          for name, one in [("a", sessions), ("b", other)] for number in range(30)),
    )  # fmt: skip
    await asyncio.gather(sessions.mark_served("b7", 3), other.mark_served("b7", 1))
    for name in ("a", "b"):
        assert same(await sessions.get(f"{name}29"), snapshot(f"{name}29"))
        assert same(await other.get(f"{name}29"), snapshot(f"{name}29"))
    assert await other.served_to("u1", since=CREATED) == ["m1", "m2", "m3"]
    await other.close()


async def test_a_request_that_is_given_up_is_saved_whole_or_not_at_all(sessions: Sessions) -> None:
    saving = [
        asyncio.create_task(sessions.save(snapshot(f"s{number}"), served=1)) for number in range(9)
    ]
    await asyncio.sleep(0)
    for task in saving:
        task.cancel()
    await asyncio.wait(saving)
    for number in range(9):
        found = await sessions.get(f"s{number}")
        assert found is None or same(found, snapshot(f"s{number}"))


async def test_sessions_are_there_after_reopening(path: Path, clock: Clock) -> None:
    for number in range(3):
        sessions = SqliteSessions(path, ttl_s=3600, keep_days=7, now=clock)
        await sessions.save(snapshot(f"s{number}", media_ids=(f"m{number}",)), served=1)
        assert same(await sessions.get("s0"), snapshot("s0", media_ids=("m0",)))
        await sessions.close()
    assert query(path, "PRAGMA journal_mode") == [("wal",)]


async def saver(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.orchestrator.feed.endless_saver", *arguments,
        stdout=subprocess.PIPE,
    )  # fmt: skip


async def test_what_was_saved_survives_kill_9(path: Path, clock: Clock) -> None:
    child = await saver(str(path))
    assert child.stdout is not None
    answered = [(await child.stdout.readline()).decode().strip() for _ in range(100)]
    os.kill(child.pid, signal.SIGKILL)
    answered += (await child.stdout.read()).decode().split()
    await child.wait()

    sessions = SqliteSessions(path, ttl_s=3600, keep_days=7, now=clock)
    for session_id in answered:
        assert same(await sessions.get(session_id), snapshot(session_id))
    await sessions.close()
    marked = query(path, "SELECT session_id FROM sessions WHERE served = 2")
    assert {session_id for (session_id,) in marked} >= set(answered)


async def test_a_full_disk_refuses_to_save_and_keeps_the_old(path: Path, clock: Clock) -> None:
    child = await saver(str(path), "300000")
    assert child.stdout is not None
    said = (await child.stdout.read()).decode().splitlines()
    assert await child.wait() == 0
    *saved, refused, after = said
    assert len(saved) > 5
    assert refused.startswith(f"refused, {len(saved)} of {len(saved)} readable: the feed's")
    assert after == "after"

    sessions = SqliteSessions(path, ttl_s=3600, keep_days=7, now=clock)
    for session_id in [*saved, "after"]:
        assert same(await sessions.get(session_id), snapshot(session_id))
    await sessions.close()


@pytest.mark.parametrize(
    "damage",
    ["UPDATE snapshots SET blob = substr(blob, 1, 60)", "UPDATE sessions SET media_ids = '[\"a'"],
)
async def test_a_damaged_session_is_told(sessions: Sessions, path: Path, damage: str) -> None:
    await sessions.save(snapshot(), served=1)
    query(path, damage)
    with pytest.raises(StoreUnavailable):
        await sessions.get("s1")


async def test_damaged_ids_are_told(sessions: Sessions, path: Path) -> None:
    await sessions.save(snapshot(), served=1)
    query(path, "UPDATE sessions SET media_ids = '[\"a'")
    with pytest.raises(StoreUnavailable):
        await sessions.served_to("u1", since=CREATED)
