import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.errors import InvalidRequest, StoreUnavailable, Unavailable
from orchestrator.feed.makers import SessionMaker
from orchestrator.feed.sessions import Fallback, Snapshot
from orchestrator.rollout.flags import Flags
from orchestrator.rollout.flags_file import FlagsFile
from orchestrator.rollout.parameters import RolloutParameters
from orchestrator.rollout.rankers import VariantRankers
from orchestrator.rollout.rollout import Rollout, build_rollout
from tests.orchestrator.rollout.makers import FakeMaker, new_session, settled

AWAY = StoreUnavailable("the store is away")
NEW = new_session()
Build = Callable[..., Rollout]


@pytest.fixture
def rollout_of(tmp_path: Path) -> Build:
    def build(flags: Flags, parameters: RolloutParameters, *, has_legacy: bool) -> Rollout:
        path = tmp_path / "flags.json"
        file = FlagsFile(path, flags, has_legacy=has_legacy, clock_s=lambda: 0.0)
        return build_rollout(file, parameters, clock_s=lambda: 0.0)

    return build


class Both:
    """Both rankers, and an arm of an experiment that `u-bold` is in."""

    def __init__(
        self,
        build: Build,
        flags: Flags | None = None,
        parameters: RolloutParameters | None = None,
    ) -> None:
        self.new, self.old, self.bold = FakeMaker(("n1", "n2")), FakeMaker(("o1",)), FakeMaker()
        self.rollout = build(flags or Flags(), parameters or RolloutParameters(), has_legacy=True)
        makers: dict[str, SessionMaker] = {
            "multimodal": self.new, "legacy": self.old, "bold": self.bold, "old arm": self.old,
        }  # fmt: skip
        self.rankers = VariantRankers(
            makers, self.rollout, lambda user_id: "bold" if user_id == "u-bold" else None
        )

    async def make(self, user_id: str = "u1", variant: str | None = None) -> Snapshot:
        return await self.rankers.make(new_session(user_id), variant)


async def test_sessions_say_who_made_them(rollout_of: Build) -> None:
    both = Both(rollout_of)
    assert (await both.make()).variant == "multimodal"
    assert (await both.make("u-bold")).variant == "bold"
    assert (await both.make(variant="legacy")).variant == "legacy"
    assert (await both.make(variant="old arm")).variant == "old arm"
    off = Both(rollout_of, Flags(False))
    assert (await off.make("u-bold")).variant == "legacy"
    assert (await off.make(variant="multimodal")).variant == "multimodal"


async def test_own_weights_are_part_of_no_experiment(rollout_of: Build) -> None:
    made = await Both(rollout_of).rankers.make(new_session("u-bold", weights={"text": 1.0}), None)
    assert made.variant == "multimodal"


async def test_a_failure_is_answered_by_the_legacy_ranker(rollout_of: Build) -> None:
    both = Both(rollout_of)
    both.new.error = both.bold.error = AWAY
    for user_id, chosen in (("u1", "multimodal"), ("u-bold", "bold")):
        made = await both.make(user_id)
        assert (made.variant, made.media_ids) == ("legacy", ("o1",))
        assert made.fallback == Fallback(chosen, "unavailable", "the store is away")
    assert both.rollout.tally.fallbacks == {"unavailable": 2}


async def test_the_callers_mistakes_are_the_callers(rollout_of: Build) -> None:
    both = Both(rollout_of)
    both.new.error = InvalidRequest("weights")
    with pytest.raises(InvalidRequest, match="weights"):
        await both.make()
    with pytest.raises(InvalidRequest, match="known are bold, legacy, multimodal, old arm"):
        await both.make(variant="best")
    assert both.old.asked == []


async def test_a_ranker_that_hangs_is_left_for_the_legacy_one(rollout_of: Build) -> None:
    both = Both(rollout_of, parameters=RolloutParameters(timeout_s=0.01, breaker_failures=2))
    both.new.gate = asyncio.Event()
    reasons = [made.fallback and made.fallback.reason for made in [await both.make() for _ in "12"]]
    assert reasons == ["timeout", "timeout"]
    assert (await both.make()).fallback == Fallback(
        "multimodal", "circuit_open", "it failed too often; it is tried again in 10 s"
    )
    assert (len(both.new.asked), both.new.cancelled) == (2, 2)
    assert both.rollout.tally.fallbacks == {"timeout": 2, "circuit_open": 1}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (AWAY, "the store is away"),
        (ZeroDivisionError("a defect"), "the feed: an unexpected error; see the log"),
    ],
)
async def test_the_first_error_counts_where_both_fail(
    rollout_of: Build, error: Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    both = Both(rollout_of)
    both.new.error, both.old.error = error, StoreUnavailable("the old one is away too")
    with pytest.raises(Unavailable, match=told):
        await both.make()
    both.old.error = ZeroDivisionError("another defect")
    with pytest.raises(Unavailable, match=told):
        await both.make()
    assert both.rollout.tally.unanswered.total() == 2
    logged = [each.exc_info[1] for each in caplog.records if each.exc_info]
    assert both.old.error in logged
    assert (error in logged) == (error is not AWAY)


async def test_nothing_is_no_answer_to_a_failure(rollout_of: Build) -> None:
    both = Both(rollout_of, parameters=RolloutParameters(timeout_s=0.01))
    both.new.gate, both.old.media_ids = asyncio.Event(), ()
    with pytest.raises(Unavailable, match=r"the feed: no answer within 0\.01 s"):
        await both.make()


async def test_a_legacy_ranker_that_hangs_is_given_up_too(rollout_of: Build) -> None:
    both = Both(rollout_of, parameters=RolloutParameters(legacy_timeout_s=0.01))
    both.new.error, both.old.gate = AWAY, asyncio.Event()
    with pytest.raises(StoreUnavailable, match="the store is away"):
        await both.make()
    assert both.old.cancelled == 1


async def test_a_legacy_ranker_that_was_chosen_fails_for_itself(rollout_of: Build) -> None:
    both = Both(rollout_of, Flags(False))
    both.old.error = AWAY
    for variant in (None, "legacy", "old arm"):
        with pytest.raises(StoreUnavailable):
            await both.make(variant=variant)
    assert (both.new.asked, both.rollout.breaker.state) == ([], "closed")


async def test_without_a_legacy_ranker_errors_go_out_as_they_are(rollout_of: Build) -> None:
    maker = FakeMaker(error=AWAY)
    rollout = rollout_of(Flags(), RolloutParameters(timeout_s=0.01), has_legacy=False)
    rankers = VariantRankers({"multimodal": maker}, rollout)
    for _ in range(9):
        with pytest.raises(StoreUnavailable, match="the store is away"):
            await rankers.make(NEW, None)
    assert (len(maker.asked), rankers.variants) == (9, ["multimodal"])


async def test_each_maker_is_asked_for_its_own_posts(rollout_of: Build) -> None:
    both = Both(rollout_of)
    asked = ["n1", "o1", "m1"]
    assert await both.rankers.authors("multimodal", asked) == {"n1": "ann"}
    assert await both.rankers.authors("legacy", asked) == {"o1": "ann"}
    assert await both.rankers.authors("an arm of last year", asked) == {"n1": "ann"}
    both.new.error = AWAY
    assert await both.rankers.authors("legacy", asked) == {"o1": "ann"}


async def test_the_other_ranker_is_compared(rollout_of: Build) -> None:
    both = Both(rollout_of, Flags(shadow_percent=100.0))
    for variant in (None, "legacy", "bold"):
        made = await both.make(variant=variant)
        both.rankers.served(NEW, made)
        await settled()
    assert both.rollout.tally.sessions == {"multimodal": 1, "legacy": 1, "bold": 1}
    # Each made its own session; of the others' the old one ranked two, and the new one one.
    assert (len(both.new.asked), len(both.old.asked), len(both.bold.asked)) == (2, 3, 1)


async def test_a_share_of_the_sessions_is_compared_and_no_fallback(rollout_of: Build) -> None:
    both = Both(rollout_of, Flags(shadow_percent=25.0))
    made = await both.make()
    for number in range(200):
        new = new_session(session_id=f"s{number}")
        both.rankers.served(new, replace(made, session_id=new.session_id))
        await settled()
    assert both.rollout.shadow.skipped == 0
    assert 30 <= both.rollout.shadow.means.count <= 70
    before = both.rollout.shadow.means.count
    for number in range(200):
        fallen = made.signed("legacy", Fallback("multimodal", "timeout", "slow"))
        both.rankers.served(new_session(session_id=f"s{number}"), fallen)
    await settled()
    assert both.rollout.shadow.means.count == before


async def test_sessions_without_a_post_are_counted(rollout_of: Build) -> None:
    both = Both(rollout_of)
    both.new.media_ids = ()
    both.rankers.served(NEW, await both.make())
    assert both.rollout.tally.empty == {"multimodal": 1}
