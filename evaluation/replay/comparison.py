"""Every logged list put in order by two weight tables, and what came of the order served.

nDCG and MRR take the logged rewards as relevance, over the lists that have any. Self-normalised
IPS estimates the reward of a place of the first ten: an impression counts where the table puts the
item at the place at which it was served, by one over the probability of that
(item-position model; Li et al., KDD 2018).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.replay.impressions import Impressions
from ranking.estimators import Interval, StreamedRatio, importance_weights, poisson_counts
from ranking.metrics import ndcg_at, reciprocal_rank
from ranking.weights import WeightTable, share_out

PLACES = 10
COUNTED_VIEWERS = 100_000
MEASURES = ("nDCG@10", "MRR", "SNIPS")


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure of both tables; `difference` is candidate − baseline, paired."""

    candidate: Interval
    baseline: Interval
    difference: Interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """`lists` were read, `rewarded` of them have a reward; `viewers` stops at COUNTED_VIEWERS."""

    lists: int
    rewarded: int
    viewers: int
    measures: dict[str, Compared]


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """`samples` resamples of viewers from a `seed`; importance weights stop at `clip`."""

    samples: int = 1000
    seed: int = 7
    clip: float = 100.0


def compare(
    log: Iterable[Impressions], candidate: WeightTable, baseline: WeightTable, bootstrap: Bootstrap
) -> Comparison:
    """Read the log once, in bounded memory.

    Viewers are what is drawn: lists of one viewer are not independent.
    """
    tables = (candidate, baseline)
    streams = [{name: StreamedRatio(bootstrap.samples) for name in MEASURES} for _ in tables]
    lists = rewarded = 0
    viewers: set[int] = set()
    for impressions in log:
        lists += 1
        rewarded += bool(impressions.reward.any())
        if len(viewers) < COUNTED_VIEWERS:
            viewers.add(hash(impressions.user_id))
        counts = poisson_counts(impressions.user_id, seed=bootstrap.seed, samples=bootstrap.samples)
        for table, stream in zip(tables, streams, strict=True):
            _count(impressions, table, stream, counts, bootstrap.clip)
    ours, theirs = streams
    return Comparison(
        lists,
        rewarded,
        len(viewers),
        {
            name: Compared(
                ours[name].interval(), theirs[name].interval(), ours[name].minus(theirs[name])
            )
            for name in MEASURES
        },
    )


def order_by(impressions: Impressions, table: WeightTable) -> NDArray[np.int64]:
    """Rows of the list, the highest score first, ties by media id."""
    weights = table.rows(impressions.content_types)
    share = share_out(weights, ~np.isnan(impressions.signals))
    score = (np.nan_to_num(impressions.signals) * share).sum(axis=1)
    order: NDArray[np.int64] = np.lexsort((np.array(impressions.media_ids), -score))
    return order


def _count(
    impressions: Impressions,
    table: WeightTable,
    stream: dict[str, StreamedRatio],
    counts: NDArray[np.int64],
    clip: float,
) -> None:
    order = order_by(impressions, table)
    reward = impressions.reward
    if reward.any():
        stream["nDCG@10"].add(ndcg_at(reward[order], PLACES), 1.0, counts)
        stream["MRR"].add(reciprocal_rank(reward[order] > 0), 1.0, counts)
    places = min(PLACES, len(order))
    target = (order[:places] == np.arange(places)).astype(np.float64)
    weight = importance_weights(target, impressions.propensity[:places], clip)
    stream["SNIPS"].add(float(weight @ reward[:places]), float(weight.sum()), counts)
