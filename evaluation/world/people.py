"""The viewers of the world: what each wants of every topic, before and after a change of mind."""

from dataclasses import dataclass

import numpy as np

from evaluation.world.catalogue import DAY_S
from evaluation.world.topics import Floats, Topics

_INDIFFERENT = 0.05


@dataclass(frozen=True, slots=True)
class Person:
    """`before`, `after` [topics]: affinity in [−1, 1]; `turn_s`: when the one becomes the other.

    `exposures`: how many posts the person has been shown so far.
    """

    before: Floats
    after: Floats
    turn_s: float
    exposures: int

    def affinity(self, at_s: float) -> Floats:
        """Affinity for each topic at a time."""
        return self.after if at_s >= self.turn_s else self.before


def make_person(
    rng: np.random.Generator, topics: Topics, *, days: float, drifting: float = 0.3
) -> Person:
    """One to five interests of unequal strength, up to three dislikes; some change their mind."""
    count = len(topics.theme)
    chosen = rng.permutation(count)
    interests = int(rng.integers(1, 6))
    dislikes = int(rng.integers(0, 4))
    affinity = rng.uniform(0.0, 2 * _INDIFFERENT, count)
    affinity[chosen[:interests]] = np.concatenate([[1.0], rng.uniform(0.3, 0.9, interests - 1)])
    affinity[chosen[interests : interests + dislikes]] = rng.uniform(-1.0, -0.4, dislikes)
    after = affinity.copy()
    turn_s = np.inf
    if rng.random() < drifting:
        left, found = chosen[rng.integers(0, interests)], chosen[-1]
        after[left], after[found] = 0.2 * affinity[left], affinity[left]
        turn_s = rng.uniform(0.4, 0.8) * days * DAY_S
    exposures = int(np.clip(np.exp(rng.normal(np.log(120.0), 0.9)), 3, 800))
    return Person(affinity, after, turn_s, exposures)
