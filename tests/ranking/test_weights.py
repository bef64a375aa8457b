import numpy as np
import pytest

from ranking.weights import SIGNALS, Weights, WeightTable, share_out


def test_the_guides_weights_are_the_default() -> None:
    assert SIGNALS == ("visual", "text", "engagement", "recency", "diversity")
    weights = Weights()
    assert [getattr(weights, name) for name in SIGNALS] == [0.30, 0.25, 0.20, 0.15, 0.10]


def test_missing_signals_leave_their_weight_to_the_others() -> None:
    present = np.array([[True, True, True, True, True], [True, False, True, True, True]])
    shares = share_out(WeightTable().rows(["meme", "meme"]), present)
    assert shares[0] == pytest.approx([0.30, 0.25, 0.20, 0.15, 0.10])
    # without text, 0.75 is left: 0.30 / 0.75, …
    assert shares[1] == pytest.approx([0.4, 0.0, 0.8 / 3, 0.2, 0.4 / 3])


def test_a_post_without_any_weighted_signal_has_no_shares() -> None:
    only_text = Weights(visual=0, text=1, engagement=0, recency=0, diversity=0)
    present = np.array([[True, False, True, True, True]])
    assert share_out(WeightTable(only_text).rows(["meme"]), present).tolist() == [[0.0] * 5]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"visual": -0.1}, "'visual' must be a finite number"),
        ({"text": float("nan")}, "'text' must be a finite number"),
        ({"text": 1e7}, "'text' must be at most"),
        (dict.fromkeys(SIGNALS, 0.0), "at least one weight"),
    ],
)
def test_impossible_weights_are_refused(weights: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Weights(**weights)


TABLE = WeightTable(Weights(), {"meme": Weights(visual=0.1, text=0.5)})


def test_a_content_type_has_its_own_weights_or_the_defaults() -> None:
    assert TABLE.of("meme").text == 0.5
    assert TABLE.of("aesthetic") == Weights()
    assert TABLE.rows(["aesthetic", "meme"]).tolist() == [
        [0.30, 0.25, 0.20, 0.15, 0.10],
        [0.1, 0.5, 0.20, 0.15, 0.10],
    ]
    assert TABLE.rows([]).shape == (0, 5)


def test_a_request_replaces_a_weight_in_every_row() -> None:
    changed = TABLE.overridden({"text": 0.9, "recency": 0.0})
    assert changed.default == Weights(text=0.9, recency=0.0)
    assert changed.of("meme") == Weights(visual=0.1, text=0.9, recency=0.0)
    assert TABLE.of("meme").text == 0.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"visual": 1.0, "novelty": 1.0}, "unknown signal 'novelty'"),
        ({"text": -0.1}, "'text' must be a finite number"),
        ({"text": float("inf")}, "'text' must be a finite number"),
        (dict.fromkeys(SIGNALS, 0.0), "at least one weight"),
    ],
)
def test_a_request_with_impossible_weights_is_refused(
    changes: dict[str, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        TABLE.overridden(changes)
