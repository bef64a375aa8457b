"""Values of settings, brought into form and checked."""

import pytest

from orchestrator.setting_values import check_names, make_weight_table, parted
from orchestrator.store.legacy.payloads import LegacyKeys
from ranking.weights import Weights


def test_texts_part_at_their_commas_and_nothing_else_does() -> None:
    given = {"hosts": "a.example,,b.example,", "folder": "a,b", "networks": ("10.0.0.0/8",)}
    assert parted(given, {"hosts", "networks"}) == {
        "hosts": ["a.example", "b.example"],
        "folder": "a,b",
        "networks": ("10.0.0.0/8",),
    }


def test_a_name_that_is_unknown_is_told_with_those_that_are_known() -> None:
    check_names({"likes": "a"}, LegacyKeys)
    with pytest.raises(ValueError, match=r"unknown 'like'; known are media_id, .*, comments"):
        check_names({"likes": "a", "like": "b"}, LegacyKeys)


def test_types_have_weights_of_their_own() -> None:
    table = make_weight_table(Weights(), {"meme": {"text": 0.4}})
    assert table.of("meme") == Weights(text=0.4)
    assert table.of("aesthetic") == Weights()
    with pytest.raises(ValueError, match=r"^meme: .*visual"):
        make_weight_table(Weights(), {"meme": {"visual": -1}})
