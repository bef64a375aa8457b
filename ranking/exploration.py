"""A bounded, seeded share of places for posts that have not been shown enough to be known."""

import math
from collections.abc import Collection
from typing import NamedTuple

from numpy.random import PCG64, Generator

_ROUNDING = 1e-9


class Slot(NamedTuple):
    """A post that a place is given to, and the chance that this post would get this place."""

    media_id: str
    propensity: float


def exploration_slots(
    pool: Collection[str], length: int, share: float, seed: int
) -> dict[int, Slot]:
    """Places (from 0) of a list of `length` posts, with a post from `pool` for each.

    At most ⌊share · length⌋ slots, one at most in every block of ⌈1 / share⌉ places, never the
    first place; ids are drawn without replacement, whatever the order of `pool`. A propensity is
    slots / blocks · 1 / places of the block · 1 / posts of the pool.
    ValueError for a share outside [0, 1], or a negative length or seed.
    """
    if not 0 <= share <= 1 or length < 0:
        raise ValueError(f"share must be in [0, 1] and length ≥ 0, not {share} and {length}")
    ordered = sorted(set(pool))
    count = min(math.floor(share * length + _ROUNDING), len(ordered))
    if count == 0:
        return {}
    size = math.ceil(1 / share - _ROUNDING)
    # The first place is nobody's: a block that is nothing else has no slot to give.
    blocks = [
        range(max(1, start), min(start + size, length))
        for start in range(0, length, size)
        if min(start + size, length) > 1
    ]
    random = Generator(PCG64(seed))
    count = min(count, len(blocks))
    chosen = random.choice(len(blocks), size=count, replace=False)
    ids = random.choice(len(ordered), size=count, replace=False)
    slots = {}
    for block, number in sorted(zip(chosen.tolist(), ids.tolist(), strict=True)):
        places = blocks[block]
        chance = count / len(blocks) / len(places) / len(ordered)
        slots[int(random.integers(places.start, places.stop))] = Slot(ordered[number], chance)
    return slots
