"""A file that can't be used stops the start, and stays as it was."""

import os
from pathlib import Path

import pytest

from orchestrator.errors import StartupError
from orchestrator.feed.session_file import open_file
from orchestrator.feed.session_tables import VERSION
from tests.support.sqlite import query


def refused(path: Path, why: str) -> None:
    with pytest.raises(StartupError, match=why) as caught:
        open_file(path)
    assert str(path) in str(caught.value)


def test_one_that_was_made_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sessions.sqlite3"
    open_file(path).close()
    open_file(path).close()
    assert query(path, "PRAGMA user_version") == [(VERSION,)]
    assert query(path, "PRAGMA journal_mode") == [("wal",)]


def test_no_database(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("not a database, but long enough to be asked for its header" * 100)
    before = path.read_bytes()
    refused(path, "file is not a database")
    assert path.read_bytes() == before


def test_a_folder(tmp_path: Path) -> None:
    refused(tmp_path, "unable to open")


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused(tmp_path / "file" / "sessions", "can't be opened")


def test_a_database_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "file"
    query(path, "CREATE TABLE cats (name)")
    refused(path, "version 0, or something else")
    assert query(path, "SELECT name FROM sqlite_master") == [("cats",)]


def test_another_version(tmp_path: Path) -> None:
    path = tmp_path / "file"
    open_file(path).close()
    query(path, f"PRAGMA user_version = {VERSION + 1}")
    refused(path, f"version {VERSION + 1}.* reads version {VERSION}")


def test_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    connection = open_file(path)
    with connection:
        connection.executemany("INSERT INTO snapshots VALUES (NULL, 0, ?)", [(b"0" * 3000,)] * 40)
    connection.close()
    os.truncate(path, path.stat().st_size // 2)
    refused(path, "move it away|malformed")
