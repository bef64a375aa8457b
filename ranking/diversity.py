"""Placing posts one by one, so that neighbours differ in kind and author.

A post's diversity when it is placed is
    ½ · (1 − posts of its content type among the last `window` / `window`) + ½ · ½^(posts by its
    author so far),
1 for the first post. Each step places the post with the highest score, ties by media id.

The author's term only falls as posts are placed, so the scores kept in the heaps are upper
bounds and only the heads need to be looked at again (lazy greedy; Minoux 1978). The type's term
also rises, when a post leaves the window, but it is the same for every post of a bucket.
"""

import heapq
from collections import Counter, deque
from collections.abc import Sequence
from typing import NamedTuple

DIVERSITY_WINDOW = 10

_BucketKey = tuple[str, float]
"""Content type and diversity weight."""


class Fixed(NamedTuple):
    """What of a post does not depend on its place: its key, and its score without diversity."""

    media_id: str
    author_id: str
    content_type: str
    score: float
    diversity_weight: float


class Placement(NamedTuple):
    """The position of a post in the input, and the diversity it was placed with."""

    position: int
    diversity: float


class _Entry(NamedTuple):
    """A heap's entry: an upper bound (negated, for heapq), valid for `author_count` posts."""

    negated_bound: float
    media_id: str
    position: int
    author_count: int


def author_variety(author_count: int) -> float:
    """½ · ½^count: halves with each post by the same author."""
    return float(0.5 ** (author_count + 1))


def type_variety(type_count: int, window: int) -> float:
    """½ · (1 − count / window)."""
    return 0.5 * (1.0 - type_count / window)


def place(
    posts: Sequence[Fixed], window: int = DIVERSITY_WINDOW, limit: int | None = None
) -> list[Placement]:
    """Order all posts, or the best `limit`; the order of the input does not matter."""
    state = _Placed(posts, window)
    buckets = _buckets(posts)
    heads = {key: state.head(key, heap) for key, heap in buckets.items()}
    placements: list[Placement] = []
    while heads and len(placements) != limit:
        best = min(heads, key=heads.__getitem__)
        entry = heapq.heappop(buckets[best])
        post = posts[entry.position]
        placements.append(Placement(entry.position, state.diversity(post)))
        changed_types = state.add(post)
        if not buckets[best]:
            del buckets[best], heads[best]
        for key in heads:
            if (
                key == best
                or key[0] in changed_types
                or posts[buckets[key][0].position].author_id == post.author_id
            ):
                heads[key] = state.head(key, buckets[key])
    return placements


class _Placed:
    """What has been placed so far, and what it makes of a bucket's best entry."""

    def __init__(self, posts: Sequence[Fixed], window: int) -> None:
        self._posts = posts
        self._window = window
        self._authors: Counter[str] = Counter()
        self._types: Counter[str] = Counter()
        self._recent: deque[str] = deque()

    def diversity(self, post: Fixed) -> float:
        """The diversity `post` would be placed with now."""
        return type_variety(self._types[post.content_type], self._window) + author_variety(
            self._authors[post.author_id]
        )

    def add(self, post: Fixed) -> set[str]:
        """Count a placed post; answers the content types whose term changed."""
        self._authors[post.author_id] += 1
        self._types[post.content_type] += 1
        self._recent.append(post.content_type)
        changed = {post.content_type}
        if len(self._recent) > self._window:
            left = self._recent.popleft()
            self._types[left] -= 1
            changed.add(left)
        return changed

    def head(self, key: _BucketKey, heap: list[_Entry]) -> tuple[float, str]:
        """Negated score and media id of a heap's best entry, its bound brought up to date."""
        content_type, diversity_weight = key
        while True:
            entry = heap[0]
            post = self._posts[entry.position]
            count = self._authors[post.author_id]
            if count == entry.author_count:
                shift = diversity_weight * type_variety(self._types[content_type], self._window)
                return entry.negated_bound - shift, entry.media_id
            bound = post.score + diversity_weight * author_variety(count)
            heapq.heapreplace(heap, _Entry(-bound, entry.media_id, entry.position, count))


def _buckets(posts: Sequence[Fixed]) -> dict[_BucketKey, list[_Entry]]:
    """Heaps of posts that share content type and weight, and with them the type's term."""
    buckets: dict[_BucketKey, list[_Entry]] = {}
    for position, post in enumerate(posts):
        bound = post.score + post.diversity_weight * author_variety(0)
        entry = _Entry(-bound, post.media_id, position, 0)
        buckets.setdefault((post.content_type, post.diversity_weight), []).append(entry)
    for heap in buckets.values():
        heapq.heapify(heap)
    return buckets
