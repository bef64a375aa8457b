from datetime import timedelta

import numpy as np
import pytest

from orchestrator.legacy.arranging import by_date, by_likeness
from tests.orchestrator.store.conformance import NOW
from tests.support.old_collection import old_post

NOW_S = NOW.timestamp()


def test_equal_cosines_stand_by_media_id_and_the_served_last() -> None:
    posts = [old_post(name) for name in ("d", "c", "b", "a")]
    cosines = {"a": 0.5, "b": 0.9, "c": 0.5, "d": 0.1}
    arrangement = by_likeness(posts, cosines, served={"b"}, length=3)
    assert [entry.post.media_id for entry in arrangement.entries] == ["a", "c", "d"]
    whole = by_likeness(posts, cosines, served={"b"}, length=9)
    assert [entry.post.media_id for entry in whole.entries] == ["a", "c", "d", "b"]
    assert (whole.new, whole.explored) == (3, {})
    assert whole.ranked.score == pytest.approx([0.5, 0.5, 0.1, 0.9])
    assert [entry.is_known for entry in whole.entries] == [False, False, False, True]


def test_by_date_those_without_one_come_last() -> None:
    posts = [
        old_post("undated", created_at=None),
        old_post("old", created_at=NOW - timedelta(days=2000)),
        old_post("older", created_at=NOW - timedelta(days=2001)),
        old_post("day", created_at=NOW - timedelta(hours=24)),
    ]
    found = by_date(posts, now_s=NOW_S, half_life_hours=24.0, served=frozenset(), length=9)
    assert [post.media_id for post in found.ranked.posts] == ["day", "old", "older", "undated"]
    assert found.ranked.score == pytest.approx([0.5, 0.0, 0.0, 0.0])
    assert np.isnan(found.ranked.raw[3]).all()


def test_nothing_in_order_is_nothing() -> None:
    assert len(by_likeness([], {}, served=frozenset(), length=5).ranked) == 0
