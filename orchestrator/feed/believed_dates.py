"""Which dates of legacy posts are believed."""

from dataclasses import replace
from datetime import datetime, timedelta

from orchestrator.store.records import LegacyPost

_AHEAD = timedelta(days=1)
"""How far a clock, or a time without an offset, may be ahead."""


def believed(post: LegacyPost, now: datetime) -> LegacyPost:
    """The post, without a date that is still to come: it would be the newest until then."""
    if post.created_at is None or post.created_at <= now + _AHEAD:
        return post
    return replace(post, created_at=None)
