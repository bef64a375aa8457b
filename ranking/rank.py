"""Posts and a viewer in, posts in order with every signal out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ranking import diversity, signals
from ranking.calibration import Calibrations
from ranking.placing import DiversityParameters
from ranking.signals import SignalParameters
from ranking.types import Post, RankedPosts, Taste, Vector, Viewer
from ranking.weights import SIGNALS, WeightTable, share_out

_DIVERSITY = SIGNALS.index("diversity")
_NOWHERE: Mapping[int, str] = MappingProxyType({})


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
    after: Sequence[Post] = (),  # noqa: ARG001
    fixed: Mapping[int, str] = _NOWHERE,  # noqa: ARG001
) -> RankedPosts:
    """Order all `posts`, or the best `limit`, for `viewer` at `now_s` (seconds since the epoch).

    score = Σ weight · value over the signals that a post has (DESIGN.md section 7). The same
    input gives the same order, however it was ordered; ties break by media id.
    """
    raw, value = _columns(posts, viewer, now_s, ranking)
    weight = share_out(
        ranking.weights.rows([post.content_type for post in posts]), ~np.isnan(value)
    )
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
    return RankedPosts(
        posts=tuple(posts[index] for index in order),
        score=np.nansum(value * weight, axis=1),
        raw=raw,
        value=value,
        weight=weight,
        redundancy=np.zeros(len(order)),
        place_by_score=np.arange(len(order)),
        interest=np.full((len(order), 2), -1),
    )


def _mean(taste: Taste) -> Vector | None:
    return taste.interests[0].vector if taste.interests else None


def _columns(
    posts: Sequence[Post], viewer: Viewer, now_s: float, ranking: Ranking
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Raw and calibrated signals, each [n, 5] in the order of SIGNALS; NaN is missing."""
    parameters = ranking.parameters
    visual = signals.cosines(_mean(viewer.visual), [post.visual for post in posts])
    text = signals.cosines(_mean(viewer.text), [post.text for post in posts])
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
            ranking.calibrations.visual.mean(visual),
            ranking.calibrations.text.mean(text),
            signals.engagement(interactions, parameters.engagement_midpoint),
            signals.recency(ages, parameters.half_life_hours),
            ones,
        ]
    )
    return raw, value
