"""SQLite files, looked into and damaged from outside."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def query(path: Path, statement: str) -> list[Any]:
    """What a statement answers; what it changes is committed."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()
