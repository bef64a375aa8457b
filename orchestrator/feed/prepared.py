"""Stored posts as the ranking package takes them, made once a post and not once a feed.

Legacy posts are made anew each time: they are few, and change where nobody here sees it.
"""

import math
from typing import NamedTuple

from orchestrator.store.records import LegacyPost, StoredPost
from ranking.duplicates import Print
from ranking.types import Post


class Prepared(NamedTuple):
    """What the ranker needs of a post, and what tells its copies."""

    post: Post
    print: Print


class Preparation:
    """Remembers at most `capacity` posts; one that was read anew is prepared anew."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._known: dict[str, tuple[StoredPost, Prepared]] = {}

    def of(self, stored: StoredPost | LegacyPost) -> Prepared:
        """A post that was read with its vectors."""
        if isinstance(stored, LegacyPost):
            return Prepared(legacy_as_post(stored), legacy_as_print(stored))
        known = self._known.get(stored.media_id)
        # The store hands out the same object for as long as the post is the same.
        if known is not None and known[0] is stored:
            return known[1]
        prepared = Prepared(as_post(stored), as_print(stored))
        if len(self._known) >= self._capacity:
            self._known.clear()
        self._known[stored.media_id] = (stored, prepared)
        return prepared


def as_post(stored: StoredPost) -> Post:
    """What the ranker needs of a stored post."""
    return Post(
        media_id=stored.media_id,
        author_id=stored.author_id,
        content_type=stored.content_type,
        created_at_s=stored.created_at.timestamp(),
        likes=stored.likes,
        comments=stored.comments,
        visual=stored.visual,
        text=stored.text,
    )


def legacy_as_post(legacy: LegacyPost) -> Post:
    """What the ranker needs of a legacy post; nobody has judged its content, which is mixed."""
    return Post(
        media_id=legacy.media_id,
        author_id=legacy.author_id or "",
        content_type="mixed",
        created_at_s=legacy.created_at.timestamp() if legacy.created_at else math.nan,
        likes=legacy.likes,
        comments=legacy.comments,
        legacy=legacy.vector,
    )


def legacy_as_print(legacy: LegacyPost) -> Print:
    """Nothing tells the copies of a legacy post."""
    return Print(legacy.media_id, content_hash=None, perceptual_hash=None, text="", visual=None)


def as_print(stored: StoredPost) -> Print:
    """What tells copies of a stored post."""
    return Print(
        media_id=stored.media_id,
        content_hash=stored.content_hash,
        perceptual_hash=int(stored.perceptual_hash, 16) if stored.perceptual_hash else None,
        text=stored.ocr_text,
        visual=stored.visual,
        is_video=stored.media_type == "video",
    )
