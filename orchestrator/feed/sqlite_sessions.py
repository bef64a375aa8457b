"""Feed sessions in an SQLite file.

`sessions` keeps what was served, `snapshots` the arrays that later pages need, so that counting a
page does not write them again. One thread does all of it. A commit outlives the process at once
(WAL, synchronous=NORMAL); a power cut may take the last ones, and then their cursors are unknown.
"""

import asyncio
import json
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import TypeVar

from orchestrator.errors import Conflict, StoreUnavailable
from orchestrator.feed.attribution import ServedPosts, attribute
from orchestrator.feed.session_file import open_file
from orchestrator.feed.session_tables import EXPOSURES
from orchestrator.feed.sessions import Exposure, Reaction, Snapshot
from orchestrator.feed.snapshot_blob import Contents, read_blob, write_blob

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
# After every save, which adds one: a backlog shrinks, and no call waits for long.
_TIDIED_AT_ONCE = 8
_VIEWERS_AT_ONCE = 50
"""Whose sessions are read before a call that waits has its turn."""
_FAILURES = (sqlite3.Error, json.JSONDecodeError)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


class SqliteSessions:
    """`Sessions` in a file of this machine.

    A session can be read for `ttl_s` from its creation; what it served is kept for `keep_days`
    (and no shorter than that). Old rows go in small steps, after each save.
    """

    def __init__(
        self, path: Path, *, ttl_s: float, keep_days: float, now: Callable[[], datetime]
    ) -> None:
        """Open the file, made on first use.

        Raises StartupError where it is no database, one of another kind or version, or locked.
        """
        self._connection = open_file(path)
        self._ttl = timedelta(seconds=ttl_s)
        self._keep = max(timedelta(days=keep_days), self._ttl)
        self._now = now
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sessions")

    async def save(self, snapshot: Snapshot, *, served: int) -> None:
        """See `Sessions`."""
        await self._do(lambda: self._save(snapshot, served))
        self._thread.submit(self._tidy)

    async def get(self, session_id: str) -> Snapshot | None:
        """See `Sessions`."""
        return await self._do(lambda: self._get(session_id))

    async def mark_served(self, session_id: str, upto: int) -> None:
        """See `Sessions`."""
        await self._do(lambda: self._mark_served(session_id, upto))

    async def served_to(self, user_id: str, *, since: datetime, limit: int = 5000) -> list[str]:
        """See `Sessions`."""
        return await self._do(lambda: self._served_to(user_id, since, limit))

    async def served_by(self, reactions: Sequence[Reaction]) -> list[str | None]:
        """See `Sessions`."""
        by_viewer: dict[str, list[int]] = defaultdict(list)
        for index, reaction in enumerate(reactions):
            by_viewer[reaction.user_id].append(index)
        viewers = list(by_viewer.items())
        variants: list[str | None] = [None] * len(reactions)
        for start in range(0, len(viewers), _VIEWERS_AT_ONCE):
            some = viewers[start : start + _VIEWERS_AT_ONCE]
            for index, variant in await self._do(partial(self._served_by, some, reactions)):
                variants[index] = variant
        return variants

    async def exposures(
        self, variants: Collection[str], *, since: datetime | None, after: str, limit: int
    ) -> list[Exposure]:
        """See `Sessions`."""
        return await self._do(lambda: self._exposures(variants, since, after, limit))

    async def close(self) -> None:
        """See `Sessions`."""
        await asyncio.to_thread(self._thread.shutdown)
        self._connection.close()

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except _FAILURES as exc:
            raise StoreUnavailable(f"the feed's sessions failed: {exc}") from exc

    def _save(self, snapshot: Snapshot, served: int) -> None:
        posts = len(snapshot.media_ids)
        contents = Contents(snapshot.seed, snapshot.numbers, snapshot.notes)
        blob = write_blob(contents, posts=posts)
        created_us = _microseconds(snapshot.created_at)
        with self._connection:
            inserted = self._connection.execute(
                "INSERT INTO sessions"
                " (session_id, user_id, created_us, served, posts, media_ids, variant)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session_id) DO NOTHING",
                (
                    snapshot.session_id,
                    snapshot.user_id,
                    created_us,
                    min(max(served, 0), posts),
                    posts,
                    json.dumps(snapshot.media_ids),
                    snapshot.variant,
                ),
            )
            if not inserted.rowcount:
                raise Conflict(f"feed session {snapshot.session_id} is saved already")
            self._connection.execute(
                "INSERT INTO snapshots VALUES (?, ?, ?)", (inserted.lastrowid, created_us, blob)
            )

    def _get(self, session_id: str) -> Snapshot | None:
        row = self._connection.execute(
            "SELECT user_id, sessions.created_us, media_ids, variant, blob FROM sessions"
            " JOIN snapshots USING (number) WHERE session_id = ? AND sessions.created_us >= ?",
            (session_id, self._ago(self._ttl)),
        ).fetchone()
        if row is None:
            return None
        user_id, created_us, media_ids, variant, blob = row
        try:
            found = tuple(json.loads(media_ids))
            contents = read_blob(blob, posts=len(found))
        except ValueError as exc:
            raise StoreUnavailable(f"feed session {session_id}: {exc}") from exc
        return Snapshot(
            session_id=session_id,
            user_id=user_id,
            created_at=_EPOCH + created_us * _MICROSECOND,
            seed=contents.seed,
            media_ids=found,
            numbers=contents.numbers,
            notes=contents.notes,
            variant=variant,
        )

    def _mark_served(self, session_id: str, upto: int) -> None:
        with self._connection:
            self._connection.execute(
                "UPDATE sessions SET served = min(:upto, posts)"
                " WHERE session_id = :session_id AND served < min(:upto, posts)",
                {"session_id": session_id, "upto": upto},
            )

    def _served_to(self, user_id: str, since: datetime, limit: int) -> list[str]:
        rows = self._connection.execute(
            "SELECT media_ids, served FROM sessions"
            " WHERE user_id = ? AND created_us >= ? AND served > 0"
            " ORDER BY created_us DESC, number DESC LIMIT ?",
            (user_id, _microseconds(since), limit),
        )
        found: dict[str, None] = {}
        for media_ids, served in rows:
            found.update(dict.fromkeys(json.loads(media_ids)[:served]))
            if len(found) >= limit:
                break
        return list(found)[:limit]

    def _served_by(
        self, viewers: Sequence[tuple[str, list[int]]], reactions: Sequence[Reaction]
    ) -> list[tuple[int, str | None]]:
        found: list[tuple[int, str | None]] = []
        for user_id, indexes in viewers:
            asked = [
                (reactions[index].media_id, _microseconds(reactions[index].at)) for index in indexes
            ]
            rows = self._connection.execute(
                "SELECT created_us, variant, media_ids, served FROM sessions"
                " WHERE user_id = ? AND created_us <= ? AND served > 0"
                " ORDER BY created_us DESC, number DESC",
                (user_id, max(at_us for _, at_us in asked)),
            )
            found += zip(indexes, attribute(asked, map(ServedPosts._make, rows)), strict=True)
        return found

    def _exposures(
        self, variants: Collection[str], since: datetime | None, after: str, limit: int
    ) -> list[Exposure]:
        rows = self._connection.execute(
            EXPOSURES,
            {
                "variants": json.dumps(list(variants)),
                "since": _microseconds(since or _EPOCH),
                "after": after,
                "limit": limit,
            },
        )
        return [
            Exposure(user_id, variant, sessions, impressions, _EPOCH + first_us * _MICROSECOND)
            for user_id, variant, sessions, impressions, first_us in rows
        ]

    def _tidy(self) -> None:
        try:
            with self._connection:
                self._drop_snapshots()
                self._drop_sessions()
        except _FAILURES as exc:
            _LOG.warning("old feed sessions can't be tidied away: %s", exc)

    def _drop_snapshots(self) -> None:
        """Leave of sessions past their time to live what they served."""
        rows = self._connection.execute(
            "SELECT number, served, media_ids FROM snapshots JOIN sessions USING (number)"
            " WHERE snapshots.created_us < ? ORDER BY snapshots.created_us LIMIT ?",
            (self._ago(self._ttl), _TIDIED_AT_ONCE),
        ).fetchall()
        for number, served, media_ids in rows:
            kept = json.dumps(json.loads(media_ids)[:served])
            self._connection.execute("DELETE FROM snapshots WHERE number = ?", (number,))
            self._connection.execute(
                "UPDATE sessions SET posts = served, media_ids = ? WHERE number = ?", (kept, number)
            )

    def _drop_sessions(self) -> None:
        old = self._connection.execute(
            "SELECT number FROM sessions WHERE created_us < ? ORDER BY created_us LIMIT ?",
            (self._ago(self._keep), _TIDIED_AT_ONCE),
        ).fetchall()
        for number in old:
            self._connection.execute("DELETE FROM snapshots WHERE number = ?", number)
            self._connection.execute("DELETE FROM sessions WHERE number = ?", number)

    def _ago(self, age: timedelta) -> int:
        return _microseconds(self._now() - age)


def _microseconds(at: datetime) -> int:
    """Exact, which a float of seconds is not."""
    return (at - _EPOCH) // _MICROSECOND
