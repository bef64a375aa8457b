import math

import pytest

from orchestrator.errors import InvalidRequest
from orchestrator.feed.weights import reweighted
from ranking.rank import Ranking
from ranking.weights import SIGNALS, Weights, WeightTable
from tests.support.feeds import IDENTITY

RANKING = Ranking(IDENTITY, WeightTable(Weights(visual=0.6), {"meme": Weights(text=0.9)}))


def test_named_signals_are_replaced_for_every_content_type() -> None:
    table = reweighted(RANKING, {"text": 0.0, "recency": 2}).weights
    assert table.of("aesthetic") == Weights(visual=0.6, text=0.0, recency=2)
    assert table.of("meme") == Weights(text=0.0, recency=2)
    assert RANKING.weights.of("meme").text == 0.9


def test_without_changes_the_ranking_stays() -> None:
    assert reweighted(RANKING, None) is RANKING
    assert reweighted(RANKING, {}).weights == RANKING.weights


def test_everything_else_of_the_ranking_stays() -> None:
    changed = reweighted(RANKING, {"text": 1})
    assert changed.calibrations is RANKING.calibrations
    assert (changed.parameters, changed.diversity) == (RANKING.parameters, RANKING.diversity)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": -0.1}, "weights: weight 'text' must be a finite number ≥ 0, not -0.1"),
        ({"text": math.nan}, "weights: weight 'text' must be a finite number ≥ 0, not nan"),
        ({"text": 1e7}, r"weights: weight 'text' must be at most 1e\+06, not 10000000.0"),
        ({"sound": 1, "touch": 1}, "weights: unknown signal 'sound'; known are visual, text, en"),
        (dict.fromkeys(SIGNALS, 0), "weights: at least one weight must be above 0"),
    ],
)
def test_weights_that_are_none(changes: dict[str, float], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        reweighted(RANKING, changes)


def test_a_type_may_lose_all_its_weight_to_a_request() -> None:
    """What is left for memes is nothing, though others keep theirs."""
    ranking = Ranking(
        IDENTITY,
        WeightTable(
            Weights(), {"meme": Weights(visual=0, engagement=0, recency=0, diversity=0, text=1)}
        ),
    )
    with pytest.raises(InvalidRequest, match="at least one weight must be above 0"):
        reweighted(ranking, {"text": 0})
