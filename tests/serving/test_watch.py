"""What condemns a model, and what does not: pure, on made looks at its processes."""

from collections.abc import Iterable

import pytest

from serving.processes import Stub
from serving.watch import ModelWatch

SILENT_S = 3.0
TICK_S = 0.5


def stub(process_id: int = 7, state: str = "S", cpu_s: float = 0.0) -> Stub:
    return Stub(process_id, started_at=1, model="ocr", state=state, cpu_s=cpu_s)


def ticks(until_s: float) -> Iterable[float]:
    return (tick * TICK_S for tick in range(int(until_s / TICK_S) + 1))


def first_verdict(
    watch: ModelWatch, until_s: float, *, state: str = "S", cores: float = 0.0
) -> tuple[float, str]:
    """When a model is condemned whose canary set out at 0 and stays without answer, and why."""
    watch.asked(0.0)
    for now_s in ticks(until_s):
        watch.see([stub(state=state, cpu_s=cores * now_s)], now_s)
        if now_s >= SILENT_S:
            watch.stays_silent()
        verdict = watch.verdict(now_s)
        if verdict is not None:
            assert [one.process_id for one in verdict.hung] == [7]
            return now_s, verdict.reason
    return until_s, "alive"


@pytest.fixture
def watch() -> ModelWatch:
    return ModelWatch(SILENT_S)


def test_a_dead_process_condemns_at_once_and_nothing_is_left_to_kill(watch: ModelWatch) -> None:
    watch.see([stub(7), stub(8, state="Z")], 0.0)
    verdict = watch.verdict(0.0)
    assert verdict is not None
    assert (verdict.reason, list(verdict.hung)) == ("process 8 died", [])


def test_two_deaths_are_told_together(watch: ModelWatch) -> None:
    watch.see([stub(7, state="Z"), stub(8, state="Z")], 0.0)
    verdict = watch.verdict(0.0)
    assert verdict is not None
    assert verdict.reason == "processes 7, 8 died"


def test_a_stopped_process_has_two_seconds(watch: ModelWatch) -> None:
    for now_s in (0.0, 1.5):
        watch.see([stub(7), stub(8, state="T")], now_s)
        assert watch.verdict(now_s) is None
    watch.see([stub(7), stub(8, state="T")], 2.0)
    verdict = watch.verdict(2.0)
    assert verdict is not None
    assert verdict.reason == "process 8 stopped"
    assert [one.process_id for one in verdict.hung] == [8]


def test_a_process_that_goes_on_in_time_is_spared(watch: ModelWatch) -> None:
    for now_s, state in ((0.0, "T"), (1.5, "T"), (2.0, "S"), (2.5, "T"), (4.0, "T")):
        watch.see([stub(state=state)], now_s)
        assert watch.verdict(now_s) is None


def test_an_idle_process_that_owes_an_answer_hangs(watch: ModelWatch) -> None:
    reason = "process 7 gave no answer for 3 s, though idle"
    assert first_verdict(watch, 10.0) == (SILENT_S, reason)


def test_a_busy_process_has_a_minute(watch: ModelWatch) -> None:
    """5 % of a core: one of twenty that want it."""
    reason = "process 7 gave no answer for 60 s, though busy"
    assert first_verdict(watch, 70.0, cores=0.05) == (60.0, reason)


def test_waiting_for_a_disk_is_work(watch: ModelWatch) -> None:
    assert first_verdict(watch, 20.0, state="D") == (20.0, "alive")


def test_an_answer_to_anybody_begins_it_all_anew(watch: ModelWatch) -> None:
    watch.asked(0.0)
    for now_s in ticks(20.0):
        watch.see([stub()], now_s)
        if now_s % 2 == 0:
            watch.stays_silent()
            watch.lives()
            watch.asked(now_s)
        assert watch.verdict(now_s) is None


def test_one_failed_canary_is_forgiven_two_in_a_row_are_not(watch: ModelWatch) -> None:
    watch.see([stub()], 0.0)
    watch.failed("broken")
    assert watch.verdict(0.0) is None
    watch.lives()
    watch.failed("broken")
    assert watch.verdict(0.0) is None
    watch.failed("still broken")
    verdict = watch.verdict(0.0)
    assert verdict is not None
    assert verdict.reason == "the canary fails: still broken"


def test_silence_of_what_has_no_process_of_its_own_is_not_judged(watch: ModelWatch) -> None:
    watch.asked(0.0)
    watch.stays_silent()
    for now_s in ticks(100.0):
        watch.see([], now_s)
        assert watch.verdict(now_s) is None
