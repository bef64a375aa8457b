"""Posts and a viewer in, posts in order with every signal out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ranking import diversity, signals
from ranking.calibration import Calibrations
from ranking.signals import SignalParameters
from ranking.types import Post, RankedPost, Signal, Viewer
from ranking.weights import SIGNALS, Weights, share_out

_DIVERSITY = SIGNALS.index("diversity")


@dataclass(frozen=True, slots=True)
class Ranking:
    """How posts are ranked: everything but the posts, the viewer and the clock."""

    calibrations: Calibrations
    weights: Weights = field(default_factory=Weights)
    parameters: SignalParameters = field(default_factory=SignalParameters)


def rank(
    posts: Sequence[Post],
    viewer: Viewer,
    *,
    now_s: float,
    ranking: Ranking,
    limit: int | None = None,
) -> list[RankedPost]:
    """Order all `posts`, or the best `limit`, for `viewer` at `now_s` (seconds since the epoch).

    score = Σ weight · value over the signals that a post has (DESIGN.md section 7). The same
    input gives the same order, however it was ordered; ties break by media id.
    """
    if not posts:
        return []
    raw, value = _columns(posts, viewer, now_s, ranking)
    weight = share_out(ranking.weights, ~np.isnan(value))
    # Diversity is known only when a post is placed: until then it adds nothing.
    contribution = np.nan_to_num(value * weight)
    contribution[:, _DIVERSITY] = 0.0
    score = contribution.sum(axis=1).tolist()
    diversity_weight = weight[:, _DIVERSITY].tolist()
    placements = diversity.place(
        [
            diversity.Fixed(post.media_id, post.author_id, post.content_type, fixed, share)
            for post, fixed, share in zip(posts, score, diversity_weight, strict=True)
        ],
        limit=limit,
    )
    order = [placement.position for placement in placements]
    placed = [placement.diversity for placement in placements]
    raw, value, weight = raw[order], value[order], weight[order]
    raw[:, _DIVERSITY] = value[:, _DIVERSITY] = placed
    return _ranked([posts[index] for index in order], raw, value, weight)


def _columns(
    posts: Sequence[Post], viewer: Viewer, now_s: float, ranking: Ranking
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Raw and calibrated signals, each [n, 5] in the order of SIGNALS; NaN is missing."""
    parameters = ranking.parameters
    visual = signals.cosines(viewer.visual, [post.visual for post in posts])
    text = signals.cosines(viewer.text, [post.text for post in posts])
    interactions = signals.interactions(
        np.array([post.likes for post in posts], dtype=np.float64),
        np.array([post.comments for post in posts], dtype=np.float64),
        parameters.comment_weight,
    )
    ages = signals.ages_hours(np.array([post.created_at_s for post in posts]), now_s)
    ones = np.ones(len(posts))
    raw = np.column_stack([visual, text, interactions, ages, ones])
    value = np.column_stack(
        [
            ranking.calibrations.visual(visual),
            ranking.calibrations.text(text),
            signals.engagement(interactions, parameters.engagement_midpoint),
            signals.recency(ages, parameters.half_life_hours),
            ones,
        ]
    )
    return raw, value


def _ranked(
    posts: Sequence[Post],
    raw: NDArray[np.float64],
    value: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> list[RankedPost]:
    """Rows of columns to ranked posts."""
    contribution = value * weight
    rows = zip(
        posts,
        np.nansum(contribution, axis=1).tolist(),
        np.isnan(value).tolist(),
        np.stack([raw, value, weight, contribution], axis=-1).tolist(),
        strict=True,
    )
    return [
        RankedPost(
            post,
            score,
            {
                name: None if missing else Signal(*cells)
                for name, missing, cells in zip(SIGNALS, absent, row, strict=True)
            },
        )
        for post, score, absent, row in rows
    ]
