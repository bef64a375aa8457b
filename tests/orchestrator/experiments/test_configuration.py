import json
from datetime import datetime, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.experiments.configuration import ExperimentSetting
from orchestrator.experiments.experiment import Experiment, Variant
from ranking.weights import Weights, WeightTable

PLAIN = {"share": 1}


def read(**changes: Any) -> Experiment:
    given = {"name": "bolder", "variants": {"calm": PLAIN, "bold": PLAIN}, **changes}
    return ExperimentSetting.model_validate(json.dumps(given)).experiment()


def test_an_experiment_is_read() -> None:
    bold = {"share": 0.25, "weights": {"visual": 0.6, "recency": 0}}
    variants = {"calm": {"share": 0.5}, "bold": bold, "old": {"share": 0.25, "ranker": "legacy"}}
    assert read(
        variants=variants, control="old", salt="s", since="2026-11-01T12:00:00+01:00"
    ) == Experiment(
        name="bolder",
        variants=(
            Variant("calm", 0.5),
            Variant("bold", 0.25, "multimodal", {"visual": 0.6, "recency": 0.0}),
            Variant("old", 0.25, "legacy"),
        ),
        control="old",
        salt="s",
        since=datetime(2026, 11, 1, 11, tzinfo=timezone.utc),
    )


def test_the_first_is_the_control_and_the_name_the_salt() -> None:
    found = read(variants={"z": PLAIN, "a": PLAIN})
    assert (found.control, found.salt, found.since) == ("z", "bolder", None)
    assert [variant.name for variant in found.variants] == ["z", "a"]


def test_names_of_rankers_may_stand_for_them() -> None:
    found = read(variants={"multimodal": PLAIN, "legacy": {"share": 1, "ranker": "legacy"}})
    assert [variant.ranker for variant in found.variants] == ["multimodal", "legacy"]


@pytest.mark.parametrize(
    ("changes", "where", "message"),
    [
        ({"name": ""}, ("name",), "at least 1 character"),
        ({"name": "a\nb"}, ("name",), "must be printable"),
        ({"name": "a "}, ("name",), "without space around it"),
        ({"name": "rollout"}, (), "salt: 'rollout' is the rollout's"),
        ({"salt": "rollout"}, (), "salt: 'rollout' is the rollout's"),
        ({"control": "loud"}, (), "control: 'loud' is none of calm, bold"),
        ({"variants": {"calm": PLAIN}}, ("variants",), "at least 2 items"),
        ({"since": "2026-11-01"}, ("since",), "should have timezone info"),
        ({"shares": 1}, ("shares",), "Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_is_named(
    changes: dict[str, Any], where: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        read(**changes)
    assert caught.value.errors()[0]["loc"] == where


@pytest.mark.parametrize(
    ("variant", "where", "message"),
    [
        ({"share": 0}, ("share",), "greater than 0"),
        ({"share": -1}, ("share",), "greater than 0"),
        ({"share": float("nan")}, ("share",), "less than or equal"),
        ({"share": float("inf")}, ("share",), "less than or equal"),
        ({}, ("share",), "Field required"),
        ({**PLAIN, "ranker": "best"}, ("ranker",), "'multimodal' or 'legacy'"),
        ({**PLAIN, "weights": {"colour": 1}}, ("weights",), "unknown signal 'colour'"),
        ({**PLAIN, "weights": {"text": -1}}, ("weights",), "'text' must be a finite number"),
        ({**PLAIN, "ranker": "legacy", "weights": {"text": 1}}, (), "weights: the legacy ranker"),
        ({**PLAIN, "weight": {}}, ("weight",), "Extra inputs"),
    ],
)
def test_what_is_wrong_with_a_variant_is_named(
    variant: dict[str, Any], where: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        read(variants={"calm": PLAIN, "bold": variant})
    assert caught.value.errors()[0]["loc"] == ("variants", "bold", *where)


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("legacy", PLAIN),
        ("multimodal", {**PLAIN, "ranker": "legacy"}),
        ("multimodal", {**PLAIN, "weights": {"text": 1}}),
    ],
)
def test_names_of_rankers_stand_for_nothing_else(name: str, variant: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=f"{name}: is the name of a ranker"):
        read(variants={"calm": PLAIN, name: variant})


def test_a_name_stands_once() -> None:
    text = '{"name": "n", "variants": {"a": {"share": 1}, "b": {"share": 1}, "a": {"share": 2}}}'
    with pytest.raises(ValidationError, match="'a' stands twice"):
        ExperimentSetting.model_validate(text)


def test_weights_must_be_some_beside_those_that_stay() -> None:
    weights = {"visual": 0, "text": 0}
    given = {"name": "n", "variants": {"a": PLAIN, "b": {"share": 1, "weights": weights}}}
    setting = ExperimentSetting.model_validate(given)
    setting.check_weights(WeightTable())
    pictures_alone = Weights(engagement=0, recency=0, diversity=0)
    with pytest.raises(ValueError, match=r"variants\.b\.weights: at least one weight"):
        setting.check_weights(WeightTable(pictures_alone))
