import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.exploration import exploration_slots

POOL = [f"new-{number:02}" for number in range(30)]
_POOLS = st.sets(st.text("abc", min_size=1, max_size=3), max_size=20)
_SHARES = st.sampled_from([0.05, 0.07, 0.1, 0.29, 0.3, 0.5, 0.6, 1.0])


@given(_POOLS, st.integers(0, 120), _SHARES, st.integers(0, 2**63))
def test_slots_are_bounded_and_spread(pool: set[str], length: int, share: float, seed: int) -> None:
    slots = exploration_slots(pool, length, share, seed)
    block = math.ceil(round(1 / share, 9))
    assert len(slots) <= share * length + 1e-9
    assert len({place // block for place in slots}) == len(slots)
    assert all(0 < place < length for place in slots)
    drawn = {slot.media_id for slot in slots.values()}
    assert len(drawn) == len(slots)
    assert drawn <= pool


@given(_POOLS, st.integers(0, 2**63))
def test_neither_the_order_of_the_pool_nor_repeats_matter(pool: set[str], seed: int) -> None:
    forward = sorted(pool)
    backward = forward[::-1] + forward
    assert exploration_slots(forward, 50, 0.1, seed) == exploration_slots(backward, 50, 0.1, seed)


def test_a_tenth_of_a_page_of_20_is_two_posts_in_two_halves() -> None:
    places = sorted(exploration_slots(POOL, 20, 0.1, seed=7))
    assert len(places) == 2
    assert 0 < places[0] < 10 <= places[1] < 20


def test_seeds_reach_every_place_and_post_alike() -> None:
    drawn = [exploration_slots(POOL, 10, 0.1, seed) for seed in range(4000)]
    places = Counter(place for slots in drawn for place in slots)
    posts = Counter(slot.media_id for slots in drawn for slot in slots.values())
    # Nine places and 30 posts: 444 ± 20 and 133 ± 11 are one standard deviation.
    assert sorted(places) == list(range(1, 10))
    assert all(abs(count - 4000 / 9) < 100 for count in places.values())
    assert sorted(posts) == POOL
    assert all(abs(count - 4000 / 30) < 60 for count in posts.values())


@pytest.mark.parametrize(
    ("pool", "length", "share"), [([], 20, 0.1), (POOL, 0, 0.1), (POOL, 9, 0.1), (POOL, 20, 0.0)]
)
def test_nothing_to_give(pool: list[str], length: int, share: float) -> None:
    assert exploration_slots(pool, length, share, seed=1) == {}


def test_a_share_of_one_leaves_the_first_place() -> None:
    assert sorted(exploration_slots(POOL, 5, 1.0, seed=1)) == [1, 2, 3, 4]


@pytest.mark.parametrize(("length", "share"), [(10, -0.1), (10, 1.1), (10, math.nan), (-1, 0.1)])
def test_impossible_requests_are_refused(length: int, share: float) -> None:
    with pytest.raises(ValueError, match="share must be in"):
        exploration_slots(POOL, length, share, seed=1)


def test_propensities_are_how_often_a_post_gets_a_place() -> None:
    pool = ["a", "b", "c"]
    drawn = [exploration_slots(pool, 9, 0.25, seed) for seed in range(6000)]
    told = {
        (place, slot.media_id): slot.propensity for slots in drawn for place, slot in slots.items()
    }
    counts = Counter((place, slot.media_id) for slots in drawn for place, slot in slots.items())
    # Two slots for the blocks 1-3, 4-7 and 8: 2/3 · 1/3 or 1/4 or 1 · 1/3.
    assert told[1, "a"] == pytest.approx(2 / 27)
    assert told[4, "b"] == pytest.approx(2 / 36)
    assert told[8, "c"] == pytest.approx(2 / 9)
    for where, chance in told.items():
        deviation = (6000 * chance * (1 - chance)) ** 0.5
        assert abs(counts[where] - 6000 * chance) < 5 * deviation
