import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import InvalidRequest
from orchestrator.rollout.choice import Choice, choose, is_within
from orchestrator.rollout.flags import Flags

BOTH = ("legacy", "multimodal")
IDS = st.text(min_size=1, max_size=40)
PERCENTS = st.floats(0, 100)


def variant_of(user_id: str, percent: float) -> str:
    return choose(user_id, Flags(percent=percent), known=BOTH).variant


def test_the_bucket_is_the_one_that_is_written_down() -> None:
    # Of sha256("rollout:u1"), the first 8 bytes: the user's place among 2^64, in percent.
    number = int.from_bytes(hashlib.sha256(b"rollout:u1").digest()[:8], "big")
    place = number / 2**64 * 100
    assert place == pytest.approx(0.407059, abs=1e-6)
    assert [variant_of("u1", percent) for percent in (place - 0.001, place + 0.001)] == [
        "legacy",
        "multimodal",
    ]


@given(IDS, PERCENTS, PERCENTS)
def test_growing_the_percent_moves_nobody_back(user_id: str, one: float, other: float) -> None:
    small, great = sorted((one, other))
    assert variant_of(user_id, small) == variant_of(user_id, small)
    if variant_of(user_id, small) == "multimodal":
        assert variant_of(user_id, great) == "multimodal"


@given(IDS)
def test_0_is_nobody_and_100_everybody(user_id: str) -> None:
    assert (variant_of(user_id, 0.0), variant_of(user_id, 100.0)) == BOTH


@pytest.mark.parametrize("percent", [0.1, 1.0, 25.0, 50.0, 99.0])
def test_the_share_of_viewers_is_the_percentage(percent: float) -> None:
    count = 20_000
    share = sum(variant_of(f"user-{n}", percent) == "multimodal" for n in range(count)) / count
    # Five standard deviations of a binomial share.
    assert share * 100 == pytest.approx(percent, abs=500 * (percent / 100 / count) ** 0.5)


def test_purposes_are_independent() -> None:
    names = [f"name-{n}" for n in range(4000)]
    both = sum(is_within(50, "rollout", name) and is_within(50, "shadow", name) for name in names)
    assert both / len(names) == pytest.approx(0.25, abs=0.035)


def test_ids_are_any_text() -> None:
    assert variant_of("ü/☃ 🐈", 100) == "multimodal"


def test_what_decides() -> None:
    off, none, all_ = Flags(False), Flags(percent=0), Flags()

    def arm(user_id: str) -> str | None:
        return "bold" if user_id == "u1" else None

    known = (*BOTH, "bold")
    assert choose("u1", off, known=known, assign=arm) == Choice("legacy", "switched_off")
    assert choose("u1", none, known=known, assign=arm) == Choice("legacy", "percent")
    assert choose("u1", all_, known=known, assign=arm) == Choice("bold", "experiment")
    assert choose("u2", all_, known=known, assign=arm) == Choice("multimodal", "rollout")
    for flags in (off, none, all_):
        for name in known:
            chosen = choose("u1", flags, known=known, override=name, assign=arm)
            assert chosen == Choice(name, "override")


def test_without_a_legacy_ranker_it_is_never_chosen() -> None:
    for flags in (Flags(False), Flags(percent=0), Flags()):
        assert choose("u1", flags, known=["multimodal"]) == Choice("multimodal", "rollout")


def test_an_unknown_override_is_told_what_there_is() -> None:
    with pytest.raises(
        InvalidRequest, match="unknown variant 'best'; known are legacy, multimodal"
    ):
        choose("u1", Flags(), known=BOTH, override="best")
    with pytest.raises(InvalidRequest, match="unknown variant ''"):
        choose("u1", Flags(), known=BOTH, override="")
