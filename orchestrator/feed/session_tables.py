"""The tables of feed sessions, how an older file is brought to them, and how they are counted."""

VERSION = 2

_SESSIONS_COUNTED = (
    "CREATE INDEX sessions_counted ON sessions (user_id, variant, created_us, served)"
)
SCHEMA = (
    """CREATE TABLE sessions (
        number INTEGER PRIMARY KEY,
        session_id TEXT NOT NULL UNIQUE,
        user_id TEXT NOT NULL,
        created_us INTEGER NOT NULL,
        served INTEGER NOT NULL,
        posts INTEGER NOT NULL,
        media_ids TEXT NOT NULL,
        variant TEXT NOT NULL
    )""",
    "CREATE INDEX sessions_of_viewer ON sessions (user_id, created_us)",
    "CREATE INDEX sessions_by_age ON sessions (created_us)",
    _SESSIONS_COUNTED,
    """CREATE TABLE snapshots (
        number INTEGER PRIMARY KEY,
        created_us INTEGER NOT NULL,
        blob BLOB NOT NULL
    )""",
    "CREATE INDEX snapshots_by_age ON snapshots (created_us)",
    f"PRAGMA user_version = {VERSION}",
)
"""What makes an empty file one of this version."""

UPGRADES = {
    1: (
        # Before there were variants, one ranker made every session.
        "ALTER TABLE sessions ADD COLUMN variant TEXT NOT NULL DEFAULT 'multimodal'",
        _SESSIONS_COUNTED,
        "PRAGMA user_version = 2",
    ),
}
"""What makes a file of that version one of the next."""

_COUNTED = """served > 0 AND created_us >= :since
    AND variant IN (SELECT value FROM json_each(:variants))"""
EXPOSURES = f"""
    SELECT user_id, variant, count(*), sum(served), min(created_us) FROM sessions
    WHERE user_id IN (
        SELECT DISTINCT user_id FROM sessions
        WHERE user_id > :after AND {_COUNTED} ORDER BY user_id LIMIT :limit
    ) AND {_COUNTED}
    GROUP BY user_id, variant ORDER BY user_id, variant
"""  # noqa: S608
"""What sessions of `:variants`, JSON, served from `:since` on to `:limit` viewers past `:after`."""
