"""What a post is truly worth to a person. No policy sees this."""

import numpy as np
from numpy.typing import NDArray

from evaluation.world.catalogue import HOUR_S, Catalogue
from evaluation.world.people import Person
from evaluation.world.topics import Floats

REPEAT = 0.2
"""What a post is worth to a person who has seen it, as a share."""

_FRESH_HALF_LIFE_H = 72.0


def utility(catalogue: Catalogue, person: Person, posts: NDArray[np.int64], at_s: float) -> Floats:
    """Worth of `posts` (indices, [n]) at a time, in [−1, 1].

        affinity = Σ_topics share of the topic in the post · affinity of the person for it
        utility  = affinity · (½ + ½ · quality) · (½ + ½ · 0.5^(age / 72 h))   where affinity > 0
        utility  = affinity                                                    elsewhere

    Affinity is linear in the topics: nothing favours rankers that tell interests apart.
    """
    affinity = catalogue.mix[posts] @ person.affinity(at_s)
    age_h = np.maximum(0.0, at_s - catalogue.created_at_s[posts]) / HOUR_S
    fresh = 0.5 + 0.5 * 0.5 ** (age_h / _FRESH_HALF_LIFE_H)
    good = 0.5 + 0.5 * catalogue.quality[posts]
    worth: Floats = np.where(affinity > 0, affinity * good * fresh, affinity)
    return worth


def gain(worth: Floats) -> Floats:
    """Graded relevance of nDCG, ≥ 0: a post that is not wanted gains nothing."""
    return np.maximum(worth, 0.0)


def clearly_relevant(worth: Floats, best: float) -> NDArray[np.bool_]:
    """At least half as good as the best post there is."""
    return (worth >= 0.5 * best) & (worth > 0)
