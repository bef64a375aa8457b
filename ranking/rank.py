"""Posts and a viewer in, posts in order with every signal out."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ranking import signals
from ranking.affinity import affinity
from ranking.calibration import Calibrations
from ranking.greedy import Standing
from ranking.placing import DiversityParameters, by_score, place
from ranking.sides import Tables, looks_of, modalities_of
from ranking.signals import SignalParameters
from ranking.types import Post, RankedPosts, Viewer
from ranking.variety import variety
from ranking.weights import SIGNALS, WeightTable, share_out

_DIVERSITY = SIGNALS.index("diversity")
_NOWHERE: Mapping[int, str] = MappingProxyType({})

Fixed = Mapping[int, str] | Callable[[list[str]], Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class Ranking:
    """How posts are ranked: everything but the posts, the viewer and the clock."""

    calibrations: Calibrations
    weights: WeightTable = field(default_factory=WeightTable)
    parameters: SignalParameters = field(default_factory=SignalParameters)
    diversity: DiversityParameters = field(default_factory=DiversityParameters)


def rank(
    posts: Sequence[Post],
    viewer: Viewer,
    *,
    now_s: float,
    ranking: Ranking,
    limit: int | None = None,
    after: Sequence[Post] = (),
    fixed: Fixed = _NOWHERE,
) -> RankedPosts:
    """Order all `posts`, or the best `limit`, for `viewer` at `now_s` (seconds since the epoch).

    `after`: posts that stand right before these, oldest first; they count in the variety of types
    and authors, and the last of them in the window over vectors. `fixed`: place (from 0) → media
    id of a post that must stand there, and stands nowhere else; or what makes such a mapping of
    the media ids by falling score with full diversity.

    score = Σ weight · value over the signals that a post has. The same
    input gives the same order, however it was ordered; ties break by media id. Media ids differ.
    Raises ValueError for a fixed place or post that is none of these, and for vectors of
    different lengths.
    """
    ordered = sorted(posts, key=lambda post: post.media_id)
    shown = [*ordered, *after]
    with_vectors = [*ordered, *after[-ranking.diversity.window :]]
    tables = Tables.of(with_vectors, ranking.calibrations)
    raw, value, interest = _columns(ordered, viewer, tables, now_s, ranking)
    weight = share_out(
        ranking.weights.rows([post.content_type for post in ordered]), ~np.isnan(value)
    )
    contribution = value * weight
    # Diversity is known only when a post is placed: until then it adds nothing.
    contribution[:, _DIVERSITY] = 0.0
    standing = Standing(
        score=np.nansum(contribution, axis=1),
        share=weight[:, _DIVERSITY],
        types=_codes([post.content_type for post in shown]),
        # Authors that are not known are not one author.
        authors=_codes([post.author_id or f"\0{post.media_id}" for post in shown]),
    )
    placement = place(
        standing,
        modalities_of(tables, ranking.calibrations, ranking.weights.default),
        ranking.diversity,
        limit=limit,
        fixed=_rows_of(
            fixed if isinstance(fixed, Mapping) else fixed(_by_score(standing, ordered)), ordered
        ),
    )
    rows = placement.rows
    raw, value, weight = raw[rows], value[rows], weight[rows]
    shown_rows = np.concatenate([np.arange(len(ordered), len(shown)), rows])
    raw[:, _DIVERSITY] = value[:, _DIVERSITY] = variety(
        standing.types[shown_rows], standing.authors[shown_rows]
    )[len(after) :]
    return RankedPosts(
        posts=tuple(map(ordered.__getitem__, rows.tolist())),
        score=np.nansum(value * weight, axis=1),
        raw=raw,
        value=value,
        weight=weight,
        redundancy=placement.redundancy,
        place_by_score=placement.place_by_score,
        interest=interest[rows],
    )


def _columns(
    posts: Sequence[Post], viewer: Viewer, tables: Tables, now_s: float, ranking: Ranking
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Raw and calibrated signals, each [n, 5] in the order of SIGNALS, NaN is missing; and the
    interests [n, 2] that the cosines are of."""
    parameters, calibrations = ranking.parameters, ranking.calibrations
    looks = looks_of(viewer, tables, len(posts), calibrations, parameters)
    words = affinity(viewer.text, tables.text, len(posts), calibrations.text, parameters)
    interactions = signals.interactions(
        np.array([post.likes for post in posts], dtype=np.float64),
        np.array([post.comments for post in posts], dtype=np.float64),
        parameters.comment_weight,
    )
    ages = signals.ages_hours(
        np.array([post.created_at_s for post in posts], dtype=np.float64), now_s
    )
    raw, value = np.ones((2, len(posts), len(SIGNALS)))
    for column, (unscaled, scaled) in enumerate(
        (
            (looks.raw, looks.value),
            (words.raw, words.value),
            (interactions, signals.engagement(interactions, parameters.engagement_midpoint)),
            (ages, signals.recency(ages, parameters.half_life_hours)),
        )
    ):
        raw[:, column], value[:, column] = unscaled, scaled
    return raw, value, np.stack([looks.interest, words.interest], axis=1)


def _codes(names: Sequence[str]) -> NDArray[np.int64]:
    """Equal names to equal numbers, from 0 in the order in which they come, [n]."""
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    return np.array([numbers[name] for name in names], dtype=np.int64)


def _by_score(standing: Standing, ordered: Sequence[Post]) -> list[str]:
    return [ordered[row].media_id for row in by_score(standing).tolist()]


def _rows_of(fixed: Mapping[int, str], ordered: Sequence[Post]) -> dict[int, int]:
    """Fixed places with rows instead of media ids."""
    if not fixed:
        return {}
    row_of = {post.media_id: row for row, post in enumerate(ordered)}
    for place_, media_id in fixed.items():
        if not 0 <= place_ < len(ordered):
            raise ValueError(f"fixed place {place_} is not one of {len(ordered)}")
        if media_id not in row_of:
            raise ValueError(f"fixed post {media_id!r} is not one of the posts")
    if len(set(fixed.values())) < len(fixed):
        raise ValueError("a post can't be fixed in two places")
    return {place_: row_of[media_id] for place_, media_id in fixed.items()}
