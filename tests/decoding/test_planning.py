from itertools import pairwise

import pytest

from decoding.planning import Budget, Group, Visit, plan

ENDLESS = Budget(enough=1e15, most=1e15)
HD = 1280 * 720


def regular(count: int, seconds: float, frames: int = 30) -> list[Group]:
    """Groups of the same length."""
    return [Group(i * seconds, frames, 0, i) for i in range(count)]


def moments(visits: list[Visit], groups: list[Group]) -> list[float]:
    """When something is looked at."""
    starts = {group.place: group.start_s for group in groups}
    return [
        time_s
        for visit in visits
        for time_s in ([starts[visit.place]] if visit.keyframe else []) + list(visit.times_s)
    ]


def widest(times_s: list[float], end_s: float) -> float:
    """The longest time that nothing is looked at."""
    edges = [0.0, *times_s, end_s]
    return max(b - a for a, b in pairwise(edges))


def test_a_video_of_one_frame_is_looked_at_once() -> None:
    assert plan([Group(0.0, 1, 100, 7)], 0.0, HD, ENDLESS) == [Visit(7, True, ())]


def test_a_short_video_with_one_keyframe_is_looked_at_every_quarter_second() -> None:
    groups = [Group(0.0, 300, 3_000_000, 0)]
    visits = plan(groups, 10.0, HD, Budget(370e6, 1_500e6))
    times_s = moments(visits, groups)
    assert len(visits) == 1
    assert len(times_s) == 40
    assert widest(times_s, 10.0) <= 0.375


def test_keyframes_near_a_wanted_moment_take_its_place() -> None:
    visits = plan(regular(40, 0.25), 10.0, HD, ENDLESS)
    assert all(visit.keyframe and not visit.times_s for visit in visits)
    assert len(visits) >= 20


def test_a_long_video_is_looked_at_evenly_whatever_its_budget() -> None:
    groups = regular(300, 2.0, 60)
    for enough in (20e6, 100e6, 400e6):
        times_s = moments(plan(groups, 600.0, HD, Budget(enough, enough)), groups)
        assert times_s == sorted(times_s)
        # Twice what an even spread would leave, at most.
        assert widest(times_s, 600.0) <= 2.5 * 600 / len(times_s)


def test_keyframes_out_of_turn_are_looked_at() -> None:
    groups = regular(300, 2.0, 60)
    cuts = [Group(start_s, 10, 0, round(start_s * 1000)) for start_s in (100.7, 333.3, 501.1)]
    all_groups = sorted([*groups, *cuts], key=lambda group: group.start_s)
    visits = plan(all_groups, 600.0, HD, Budget(370e6, 1_500e6))
    seen = {visit.place for visit in visits if visit.keyframe}
    assert {cut.place for cut in cuts} <= seen


def test_the_budget_holds() -> None:
    groups = regular(20, 10.0, 300)
    budget = Budget(enough=100 * HD, most=400 * HD)
    visits = plan(groups, 200.0, HD, budget)
    frames = sum(
        1 + (max(visit.times_s, default=0.0) % 10.0) / 10.0 * 299 if visit.times_s else 1
        for visit in visits
    )
    assert 16 <= frames <= 400


def test_bytes_count_too() -> None:
    heavy = [Group(group.start_s, 30, 30_000_000, group.place) for group in regular(100, 5.0)]
    light = regular(100, 5.0)
    budget = Budget(300e6, 300e6)
    assert len(plan(heavy, 500.0, HD, budget)) < len(plan(light, 500.0, HD, budget))


def test_a_first_moment_is_looked_at_however_dear() -> None:
    assert len(plan(regular(10, 1.0), 10.0, 10**9, Budget(1.0, 1.0))) == 1


@pytest.mark.parametrize("end_s", [0.04, 0.5, 7.3, 7_200.0])
def test_it_is_the_same_every_time(end_s: float) -> None:
    groups = regular(max(1, int(end_s / 3)), 3.0)
    assert plan(groups, end_s, HD, ENDLESS) == plan(groups, end_s, HD, ENDLESS)
