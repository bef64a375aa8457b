import math

import numpy as np
import pytest

from evaluation.replay.comparison import Bootstrap, compare, order_by
from evaluation.replay.impressions import Impressions
from ranking.weights import Weights, WeightTable

VISUAL = WeightTable(Weights(visual=1, text=0, engagement=0, recency=0, diversity=0))
RECENCY = WeightTable(Weights(visual=0, text=0, engagement=0, recency=1, diversity=0))
BOTH = WeightTable(Weights(visual=1, text=1, engagement=0, recency=0, diversity=0))


def served(
    user_id: str, visual: list[float], reward: list[float], propensity: float = 0.5
) -> Impressions:
    """`recency` is the reverse of `visual`; there is no other signal."""
    count = len(visual)
    signals = np.full((count, 5), np.nan)
    signals[:, 0], signals[:, 3] = visual, [1 - value for value in visual]
    return Impressions(
        f"{user_id}-{visual}",
        user_id,
        tuple("abcdefghijklm"[:count]),
        ("meme",) * count,
        signals,
        np.full(count, propensity),
        np.array(reward),
    )


def test_ndcg_and_mrr_by_hand() -> None:
    log = [served("u", [0.1, 0.9, 0.5], [1, 0, 0]), served("v", [0.9, 0.1, 0.5], [0, 0, 0])]
    found = compare(log, VISUAL, RECENCY, Bootstrap(samples=100))
    # The list without a reward says nothing; the other has it last, or first.
    assert (found.lists, found.rewarded, found.viewers) == (2, 1, 2)
    assert found.measures["nDCG@10"].candidate.estimate == pytest.approx(1 / math.log2(4))
    assert found.measures["MRR"].candidate.estimate == pytest.approx(1 / 3)
    assert found.measures["nDCG@10"].baseline.estimate == 1.0
    assert found.measures["MRR"].difference.estimate == pytest.approx(-2 / 3)


def test_snips_counts_what_was_served_where_the_table_puts_it() -> None:
    log = [
        served("u", [0.9, 0.5, 0.1], [1, 0, 3], propensity=0.5),
        served("v", [0.9, 0.1, 0.5], [2, 7, 7], propensity=0.25),
    ]
    found = compare(log, VISUAL, RECENCY, Bootstrap(samples=100)).measures["SNIPS"]
    # By visual: all of the first (weight 2), the first of the second (weight 4).
    assert found.candidate.estimate == pytest.approx((2 * (1 + 0 + 3) + 4 * 2) / (3 * 2 + 4))
    # By recency: the middle of the first alone stays in its place, and none of the second.
    assert found.baseline.estimate == 0.0
    clipped = compare(log, VISUAL, RECENCY, Bootstrap(samples=100, clip=2.0)).measures["SNIPS"]
    assert clipped.candidate.estimate == pytest.approx((2 * 4 + 2 * 2) / 8)


def test_places_below_the_tenth_do_not_count() -> None:
    visual = [1 - place / 20 for place in range(13)]
    log = [served("u", visual, [0.0] * 10 + [5.0] * 3), served("v", visual, [1.0] + [0.0] * 12)]
    found = compare(log, VISUAL, VISUAL, Bootstrap(samples=100)).measures
    assert found["SNIPS"].candidate.estimate == pytest.approx(1 / 20)
    assert found["SNIPS"].difference == (0.0, 0.0, 0.0)


def test_missing_signals_are_left_out_and_ties_break_by_id() -> None:
    impressions = served("u", [0.5, 0.6, 0.5], [0, 0, 0])
    impressions.signals[2, 1] = 0.6
    # (0.5 + 0.6) / 2 beats nobody's 0.6, which stands alone
    assert order_by(impressions, BOTH).tolist() == [1, 2, 0]
    assert order_by(served("u", [0.5, 0.5], [0, 0]), VISUAL).tolist() == [0, 1]


def test_lists_of_one_viewer_are_drawn_together() -> None:
    rng = np.random.default_rng(1)
    lists = [([0.9, 0.1], [float(win), float(not win)]) for win in rng.random(40) < 0.7]
    apart = [served(f"u{n}", *each) for n, each in enumerate(lists) for _ in range(9)]
    alone = [served(f"u{n}-{m}", *each) for n, each in enumerate(lists) for m in range(9)]
    widths = []
    for log in (apart, alone):
        interval = compare(log, VISUAL, RECENCY, Bootstrap()).measures["nDCG@10"].difference
        widths.append(interval.high - interval.low)
    assert widths[0] / widths[1] == pytest.approx(3, rel=0.15)
