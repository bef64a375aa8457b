from dataclasses import dataclass

import numpy as np
import pytest

from evaluation.policies.baselines import Newest, Oracle
from evaluation.policies.policy import Asked, Never, Policy
from evaluation.protocols.loop import run_loop
from evaluation.world.world import World


@dataclass(frozen=True)
class Oldest:
    """Serves what has been there longest, and so the same again where it may."""

    never: Never
    name: str = "oldest"

    def order(self, asked: Asked) -> list[int]:
        return list(range(asked.limit))


def test_what_excludes_the_seen_never_repeats(world: World) -> None:
    served = run_loop(world, [Oldest("seen")], seed=1, viewers=6, refreshes=4)["oldest"]
    assert (served.by_viewer["repeat rate"] == 0).all()


def test_what_excludes_the_liked_alone_repeats(world: World) -> None:
    served = run_loop(world, [Oldest("liked")], seed=1, viewers=6, refreshes=4)["oldest"]
    assert served.by_viewer["repeat rate"].mean() > 0.1


def test_coverage_by_hand(world: World) -> None:
    """Newest, once: everybody gets the same ten posts."""
    now_s = world.size.now_s
    window = world.available(now_s, 3.0)
    served = run_loop(world, [Newest("newest", "seen")], seed=1, viewers=1, refreshes=1)["newest"]
    assert served.catalogue_coverage == pytest.approx(10 / len(window))
    authors = world.catalogue.author
    past = {event.post for event in world.inhabitants[0].past}
    page = [post for post in window[::-1] if post not in past][:10]
    assert served.author_coverage == pytest.approx(
        len(set(authors[page])) / len(set(authors[window]))
    )


def test_answers_are_seeded_and_the_oracle_serves_best(world: World) -> None:
    policies: list[Policy] = [Oracle(), Newest()]
    first = run_loop(world, policies, seed=1, viewers=8, refreshes=3)
    again = run_loop(world, policies, seed=1, viewers=8, refreshes=3)
    oracle, newest = (first[name].by_viewer["mean utility"] for name in ("oracle", "newest"))
    assert oracle.tolist() == again["oracle"].by_viewer["mean utility"].tolist()
    assert (oracle > newest).all()
    assert np.mean(oracle) > 0.2
