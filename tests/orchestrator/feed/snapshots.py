"""Snapshots to save, and how two are compared."""

from datetime import datetime, timezone

import numpy as np

from orchestrator.feed.sessions import Snapshot

CREATED = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)


def snapshot(
    session_id: str = "s1",
    *,
    user_id: str = "u1",
    created_at: datetime = CREATED,
    media_ids: tuple[str, ...] = ("m1", "m2", "m3"),
    variant: str = "calm",
) -> Snapshot:
    posts = len(media_ids)
    rng = np.random.default_rng(posts)
    return Snapshot(
        session_id=session_id,
        user_id=user_id,
        created_at=created_at,
        seed=2**80 + 1,
        media_ids=media_ids,
        numbers={
            "signals": rng.standard_normal((posts, 5, 3)),
            "place_by_score": np.arange(posts, dtype=np.int64),
        },
        notes={"variant": "β", "share": 0.1, "sources": {"newest": [1, None, True]}},
        variant=variant,
    )


def same(found: Snapshot | None, expected: Snapshot) -> bool:
    """Whether all is equal, to the bit."""
    if found is None or found.numbers.keys() != expected.numbers.keys():
        return False
    arrays = [(found.numbers[name], array) for name, array in expected.numbers.items()]
    return _plain(found) == _plain(expected) and all(
        one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
        for one, other in arrays
    )


def _plain(one: Snapshot) -> tuple[object, ...]:
    return (
        one.session_id,
        one.user_id,
        one.created_at,
        one.seed,
        one.media_ids,
        one.notes,
        one.variant,
    )
