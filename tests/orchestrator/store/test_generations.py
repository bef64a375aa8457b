import pytest

from orchestrator.errors import Conflict, FingerprintMismatch
from orchestrator.store.generations import Registry
from orchestrator.store.records import Schema
from tests.orchestrator.store.conformance import SCHEMA

OTHER_VISUAL = Schema({"visual": "clip@2", "text": "mpnet@1"}, {"visual": 6, "text": 3})
OTHER_BOTH = Schema({"visual": "clip@2", "text": "minilm@1"}, {"visual": 6, "text": 2})
FIRST = Registry.first(SCHEMA)
ALL = FIRST.add(OTHER_VISUAL).add(OTHER_BOTH)
CLIP_2 = "visual_727eca17"
MINILM_1 = "text_7a127d5d"


def test_the_first_generations_vectors_are_named_like_their_modalities() -> None:
    assert FIRST.active_view.schema == SCHEMA
    assert FIRST.view(SCHEMA).names == {"visual": "visual", "text": "text"}
    assert FIRST.dimensions == {"visual": 4, "text": 3}


def test_the_next_ones_are_named_by_fingerprint_and_share_what_they_can() -> None:
    assert ALL.view(OTHER_VISUAL).names == {"visual": CLIP_2, "text": "text"}
    assert ALL.view(OTHER_BOTH).names == {"visual": CLIP_2, "text": MINILM_1}
    assert ALL.view(OTHER_BOTH).dimensions == {CLIP_2: 6, MINILM_1: 2}
    assert ALL.dimensions == {"visual": 4, "text": 3, CLIP_2: 6, MINILM_1: 2}
    assert ALL.active_view.schema == SCHEMA


def test_one_that_is_there_is_not_added_again() -> None:
    assert ALL.add(OTHER_VISUAL) == ALL


def test_a_model_does_not_change_its_dimension() -> None:
    with pytest.raises(Conflict, match="clip@1 has 4 components in the store, not 5"):
        FIRST.add(Schema(SCHEMA.fingerprints, {"visual": 5, "text": 3}))


def test_one_is_active() -> None:
    switched = ALL.activate(OTHER_BOTH)
    assert switched.active_view.schema == OTHER_BOTH
    assert switched.activate(SCHEMA) == ALL


def test_the_active_one_is_not_dropped() -> None:
    with pytest.raises(Conflict, match="clip@1 and mpnet@1 serve; activate others"):
        ALL.drop(SCHEMA)


def test_what_is_dropped_takes_along_only_what_no_other_has() -> None:
    assert ALL.drop(OTHER_VISUAL).dimensions == ALL.dimensions
    assert ALL.drop(OTHER_BOTH).dimensions == {"visual": 4, "text": 3, CLIP_2: 6}
    without_first = ALL.activate(OTHER_VISUAL).drop(SCHEMA)
    assert without_first.dimensions == {CLIP_2: 6, "text": 3, MINILM_1: 2}
    assert without_first.active_view.schema == OTHER_VISUAL


@pytest.mark.parametrize("kept", [ALL, ALL.activate(OTHER_BOTH), FIRST])
def test_what_was_kept_is_read(kept: Registry) -> None:
    assert Registry.from_json(kept.to_json()) == kept


def test_unknown_models_are_told_beside_the_known() -> None:
    for ask in (FIRST.view, FIRST.activate, FIRST.drop):
        with pytest.raises(FingerprintMismatch) as caught:
            ask(OTHER_VISUAL)
        assert caught.value.detail == (
            "the store holds no vectors of clip@2 and mpnet@1, but clip@1 and mpnet@1"
        )
