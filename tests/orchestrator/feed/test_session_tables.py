"""A file that the program of version 1 wrote, dumped by `sqlite3.Connection.iterdump`."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.feed.session_tables import UPGRADES, VERSION
from orchestrator.feed.sessions import Exposure, Reaction
from orchestrator.feed.sqlite_sessions import SqliteSessions
from tests.orchestrator.feed.snapshots import CREATED, same, snapshot
from tests.support.sqlite import query

OLD = Path(__file__).parent / "sessions_v1.sql"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sessions.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD.read_text())
    return path


def opened(path: Path) -> SqliteSessions:
    return SqliteSessions(path, ttl_s=3600, keep_days=7, now=lambda: CREATED)


@pytest.fixture
async def sessions(path: Path) -> AsyncIterator[SqliteSessions]:
    found = opened(path)
    yield found
    await found.close()


async def test_old_sessions_come_back_as_those_of_the_one_ranker(sessions: SqliteSessions) -> None:
    second = snapshot("s2", user_id="ü2", media_ids=("a", 'b"', "c"), variant="multimodal")
    assert same(await sessions.get("s1"), snapshot(variant="multimodal"))
    assert same(await sessions.get("s2"), second)
    assert await sessions.served_to("u1", since=CREATED) == ["m1", "m2"]


async def test_old_sessions_count(sessions: SqliteSessions) -> None:
    reactions = [Reaction("u1", "m2", CREATED), Reaction("u1", "m3", CREATED)]
    assert await sessions.served_by(reactions) == ["multimodal", None]
    assert await sessions.exposures(["multimodal"], since=None, after="", limit=9) == [
        Exposure("u1", "multimodal", 1, 2, CREATED)
    ]


async def test_new_sessions_join_them(path: Path) -> None:
    for number in range(2):
        sessions = opened(path)
        later = CREATED + timedelta(seconds=number)
        await sessions.save(snapshot(f"n{number}", created_at=later, variant="bold"), served=1)
        await sessions.close()
    assert query(path, "PRAGMA user_version") == [(VERSION,)]
    assert query(path, "SELECT session_id, variant FROM sessions ORDER BY number") == [
        ("s1", "multimodal"),
        ("s2", "multimodal"),
        ("n0", "bold"),
        ("n1", "bold"),
    ]


async def test_an_upgrade_that_fails_half_way_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = query(path, "SELECT sql FROM sqlite_master")
    with monkeypatch.context() as patched:
        patched.setitem(UPGRADES, 1, (*UPGRADES[1], "no statement"))
        with pytest.raises(Exception, match="can't be opened"):
            opened(path)
    assert query(path, "SELECT sql FROM sqlite_master") == before
    assert query(path, "PRAGMA user_version") == [(1,)]
    sessions = opened(path)
    assert same(await sessions.get("s1"), snapshot(variant="multimodal"))
    await sessions.close()


async def test_an_old_file_and_a_new_one_hold_the_same_tables(path: Path, tmp_path: Path) -> None:
    await opened(path).close()
    new = tmp_path / "new.sqlite3"
    await opened(new).close()
    for columns in (
        "SELECT name, type, \"notnull\" FROM pragma_table_info('sessions')",
        "SELECT name, type, \"notnull\" FROM pragma_table_info('snapshots')",
    ):
        assert query(path, columns) == query(new, columns)
    indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
    assert query(path, indexes) == query(new, indexes)
