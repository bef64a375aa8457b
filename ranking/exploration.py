"""A bounded, seeded share of places for posts that have not been shown enough to be known."""

import math
from collections.abc import Collection

from numpy.random import PCG64, Generator

_ROUNDING = 1e-9


def exploration_slots(
    pool: Collection[str], length: int, share: float, seed: int
) -> dict[int, str]:
    """Places (from 0) of a list of `length` posts, with the media id from `pool` for each.

    At most ⌊share · length⌋ slots, one at most in every block of ⌈1 / share⌉ places, never the
    first place; ids are drawn without replacement, whatever the order of `pool`.
    ValueError for a share outside [0, 1], or a negative length or seed.
    """
    if not 0 <= share <= 1 or length < 0:
        raise ValueError(f"share must be in [0, 1] and length ≥ 0, not {share} and {length}")
    count = min(math.floor(share * length + _ROUNDING), len(set(pool)))
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
    ids = random.choice(len(set(pool)), size=count, replace=False)
    ordered = sorted(set(pool))
    return {
        int(random.integers(blocks[block].start, blocks[block].stop)): ordered[number]
        for block, number in sorted(zip(chosen.tolist(), ids.tolist(), strict=True))
    }


def propensity(pool_size: int, slots: int) -> float:
    """The chance of a post of the pool to get one of `slots` slots, in [0, 1]."""
    return min(1.0, slots / pool_size) if pool_size else 0.0
