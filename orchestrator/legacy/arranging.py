"""Legacy posts by their likeness, or by their dates, as the arrangement of a session."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from orchestrator.feed.arrangement import Arrangement
from orchestrator.feed.candidates import SOURCES
from orchestrator.feed.entries import Entry
from orchestrator.feed.prepared import legacy_as_post
from orchestrator.store.records import LegacyPost
from ranking.signals import Column, ages_hours, recency
from ranking.single_signal import ranked_by
from ranking.types import Post, RankedPosts

_LIKE, _NEW = (1 << SOURCES.index(source) for source in ("legacy", "legacy_new"))


def by_likeness(
    posts: Sequence[LegacyPost],
    cosines: Mapping[str, float],
    *,
    served: AbstractSet[str],
    length: int,
) -> Arrangement:
    """The first `length` by falling cosine with the viewer's one interest; a negative one is 0."""
    raw = np.array([cosines[post.media_id] for post in posts], dtype=np.float64)
    rows = _order(posts, raw, served, length)
    placed = _placed(posts, rows)
    raw = raw[rows]
    ranked = ranked_by("visual", placed, raw, np.maximum(raw, 0.0), interest=0)
    return _arranged(ranked, served, _LIKE)


def by_date(
    posts: Sequence[LegacyPost],
    *,
    now_s: float,
    half_life_hours: float,
    served: AbstractSet[str],
    length: int,
) -> Arrangement:
    """The first `length` by falling date, those without one last."""
    dates = [post.created_at.timestamp() if post.created_at else np.nan for post in posts]
    created_at_s = np.array(dates, dtype=np.float64)
    rows = _order(posts, np.nan_to_num(created_at_s, nan=-np.inf), served, length)
    ages = ages_hours(created_at_s[rows], now_s)
    ranked = ranked_by("recency", _placed(posts, rows), ages, recency(ages, half_life_hours))
    return _arranged(ranked, served, _NEW)


def _order(
    posts: Sequence[LegacyPost], key: Column, served: AbstractSet[str], length: int
) -> list[int]:
    """Rows by falling `key`, ties by media id; those that were served behind the others."""

    def place(row: int) -> tuple[bool, float, str]:
        media_id = posts[row].media_id
        return media_id in served, -float(key[row]), media_id

    return sorted(range(len(posts)), key=place)[:length]


def _placed(posts: Sequence[LegacyPost], rows: Sequence[int]) -> list[Post]:
    return [legacy_as_post(posts[row]) for row in rows]


def _arranged(ranked: RankedPosts, served: AbstractSet[str], source: int) -> Arrangement:
    entries = [Entry(post, source, (), post.media_id in served) for post in ranked.posts]
    return Arrangement(
        ranked=ranked,
        entries=tuple(entries),
        new=sum(not entry.is_known for entry in entries),
        explored={},
    )
