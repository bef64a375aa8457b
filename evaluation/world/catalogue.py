"""The posts of the world: authors with a few topics, bursts of one thing, uneven popularity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.world.topics import Floats, Topics, unit

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
CONTENT_TYPES = ("aesthetic", "meme", "mixed", "text_only")

_TYPE_SHARES = (0.40, 0.25, 0.25, 0.10)
_BURST_SHARE = 0.15
_BURST_SIZE = 10
_WITHIN_TOPIC = 0.8
"""Length of what is a post's own, beside its topics'."""
_LIKES_HALF_LIFE_H = 12.0


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All posts of the world, as columns [n] in order of `created_at_s`.

    `mix` [n, topics]: shares of topics, rows sum to 1. `latent` [n, d]: unit, what the post truly
    shows. `burst`: the first post of the burst, itself where there is none. `quality` in [0, 1].
    `content_type` indexes CONTENT_TYPES. `likes`, `comments`: what the post ends with.
    """

    mix: Floats
    latent: Floats
    burst: NDArray[np.int64]
    author: NDArray[np.int64]
    content_type: NDArray[np.int64]
    quality: Floats
    created_at_s: Floats
    likes: Floats
    comments: Floats

    def __len__(self) -> int:
        return len(self.author)

    def counters(self, now_s: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Likes and comments at `now_s`, [n] each: half of them come within 12 h."""
        age_h = np.maximum(0.0, now_s - self.created_at_s) / HOUR_S
        grown = 1.0 - 0.5 ** (age_h / _LIKES_HALF_LIFE_H)
        return (self.likes * grown).astype(np.int64), (self.comments * grown).astype(np.int64)


def make_catalogue(
    rng: np.random.Generator, topics: Topics, *, posts: int, days: float
) -> Catalogue:
    """`posts` posts over `days` from time 0; an author writes the more, the luckier."""
    authors = max(10, posts // 15)
    activity = rng.pareto(1.2, authors) + 0.2
    skill = rng.normal(0.0, 0.1, authors)
    reach = rng.normal(0.0, 0.7, authors)
    habit = rng.choice(len(CONTENT_TYPES), authors, p=_TYPE_SHARES)

    author = rng.choice(authors, posts, p=activity / activity.sum())
    created_at_s = np.sort(rng.uniform(0.0, days * DAY_S, posts))
    mix = _author_topics(rng, topics, authors)[author, rng.integers(0, 3, posts)]
    own_type = rng.choice(len(CONTENT_TYPES), posts, p=_TYPE_SHARES)
    content_type = np.where(rng.random(posts) < 0.7, habit[author], own_type)
    quality = np.clip(rng.beta(2.0, 2.0, posts) + skill[author], 0.0, 1.0)
    own = _WITHIN_TOPIC * unit(rng.standard_normal((posts, topics.vectors.shape[1])))

    burst = _bursts(rng, posts)
    repeats = (burst != np.arange(posts)).astype(np.float64)
    author, mix, content_type = author[burst], mix[burst], content_type[burst]
    shown = unit(mix @ topics.vectors) + own[burst] + 0.1 * repeats[:, None] * own
    created_at_s = created_at_s[burst] + 60.0 * rng.uniform(1.0, 40.0, posts) * repeats

    luck = rng.normal(0.0, 1.0, posts)
    likes = np.exp(3.3 + 2.0 * (quality - 0.5) + reach[author] + luck)
    comments = likes * np.exp(rng.normal(-2.3, 0.6, posts))
    order = np.argsort(created_at_s, kind="stable")
    place = np.argsort(order)
    return Catalogue(
        mix=mix[order],
        latent=unit(shown)[order],
        burst=place[burst][order],
        author=author[order],
        content_type=content_type[order],
        quality=quality[order],
        created_at_s=created_at_s[order],
        likes=likes[order],
        comments=comments[order],
    )


def _author_topics(rng: np.random.Generator, topics: Topics, authors: int) -> Floats:
    """Three mixes an author, [authors, 3, topics]: of one theme, mostly, and one topic each."""
    count = len(topics.theme)
    home = rng.integers(0, count, (authors, 1))
    near = rng.integers(0, count, (authors, 3)) % 4 + home // 4 * 4
    far = rng.integers(0, count, (authors, 3))
    main = np.where(rng.random((authors, 3)) < 0.75, near, far)
    second = rng.integers(0, count, (authors, 3))
    share = rng.uniform(0.0, 0.4, (authors, 3)) * (rng.random((authors, 3)) < 0.5)
    mix = np.zeros((authors, 3, count))
    rows = np.indices((authors, 3))
    np.add.at(mix, (rows[0], rows[1], main), 1.0 - share)
    np.add.at(mix, (rows[0], rows[1], second), share)
    return mix


def _bursts(rng: np.random.Generator, posts: int) -> NDArray[np.int64]:
    """For each post the one that it repeats, itself mostly: runs of up to ten posts."""
    burst = np.arange(posts)
    count = int(posts * _BURST_SHARE / (_BURST_SIZE * 0.75))
    for start in rng.choice(max(1, posts - _BURST_SIZE), min(count, posts // 20), replace=False):
        burst[start : start + int(rng.integers(_BURST_SIZE // 2, _BURST_SIZE + 1))] = burst[start]
    return burst
