"""The newest posts of a collection that no index covers, within bounds."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from orchestrator.store.collection import Point
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.legacy.dates import NewestFirst
from orchestrator.store.legacy.payloads import LegacyKeys

NOON = datetime(2024, 5, 6, 12, 0, tzinfo=timezone.utc)


async def test_beyond_the_bound_what_was_written_here_is_named_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    collection = EmbeddedCollection(tmp_path / "media", {}, {})
    day_s = 86_400
    await collection.put(
        [Point(str(day), {"mediaId": f"d{day}", "date": day * day_s}) for day in range(5)]
    )
    newest = NewestFirst(collection, LegacyKeys(), None, scanned=3)
    assert await newest.media_ids(5) == ["d2", "d1", "d0"]
    assert "more than 3 points" in caplog.text
    newest.note("upload", NOON)
    newest.note("older", NOON - timedelta(days=1))
    assert await newest.media_ids(3) == ["upload", "older", "d2"]
    newest.forget("upload")
    assert await newest.media_ids(2) == ["older", "d2"]
    await newest.close()
    await collection.close()
