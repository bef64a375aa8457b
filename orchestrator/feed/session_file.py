"""The SQLite file of feed sessions: opened, made, and brought to this version's tables."""

import sqlite3
from pathlib import Path

from orchestrator.errors import StartupError
from orchestrator.feed.session_tables import SCHEMA, UPGRADES, VERSION

_BUSY_TIMEOUT_S = 5.0


def open_file(path: Path) -> sqlite3.Connection:
    """A connection for any thread to the file at `path`, which is made on first use.

    Raises StartupError where it is no database, one of another kind or version, or locked.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, _BUSY_TIMEOUT_S, isolation_level="IMMEDIATE", check_same_thread=False
        )
    except (OSError, sqlite3.Error) as exc:
        raise StartupError(f"the feed's sessions at {path} can't be opened: {exc}") from exc
    try:
        _prepare(connection, path)
    except sqlite3.Error as exc:
        connection.close()
        raise StartupError(f"the feed's sessions at {path} can't be opened: {exc}") from exc
    except StartupError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    ((found,),) = connection.execute("PRAGMA quick_check(1)")
    if found != "ok":
        raise StartupError(
            f"{path} is damaged ({found}): move it away; with it go the open sessions and what "
            "they served"
        )
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        ((version,),) = connection.execute("PRAGMA user_version")
        ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master")
        if version == 0 and not tables:
            for statement in SCHEMA:
                connection.execute(statement)
        elif version not in (VERSION, *UPGRADES):
            raise StartupError(
                f"{path} holds feed sessions of version {version}, or something else; this program "
                f"reads version {VERSION}: move the file away"
            )
        else:
            for older in range(version, VERSION):
                for statement in UPGRADES[older]:
                    connection.execute(statement)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
