from dataclasses import dataclass, field

import numpy as np
import pytest

from evaluation.lineup import main_lineup
from evaluation.policies.baselines import Oracle, Random
from evaluation.policies.calibrating import calibrate
from evaluation.policies.policy import Asked, Never
from evaluation.protocols.static import Measured, run_static, seen
from evaluation.world.utility import gain, utility
from evaluation.world.world import World, media_id
from ranking.estimators import paired_difference
from ranking.metrics import dcg_at


@dataclass
class Listening:
    """Notes what it was asked."""

    name: str = "listening"
    never: Never = "seen"
    heard: list[Asked] = field(default_factory=list)

    def order(self, asked: Asked) -> list[int]:
        self.heard.append(asked)
        return list(range(asked.limit))


@pytest.fixture(scope="module")
def results(world: World) -> dict[str, Measured]:
    return run_static(world, main_lineup(calibrate(world, seed=5)), seed=5)


def test_the_oracle_is_perfect(world: World) -> None:
    measured = run_static(world, [Oracle()], seed=1)["oracle"]
    assert measured["nDCG@10"] == pytest.approx(np.ones(30))
    assert (measured["MRR"] == 1).all()
    assert (measured["unwanted"] == 0).all()


def test_chance_has_the_ndcg_that_is_expected_of_it(world: World) -> None:
    now_s = world.size.now_s
    window = world.available(now_s, 3.0)
    expected = []
    for inhabitant in world.inhabitants:
        posts = np.setdiff1d(window, seen(inhabitant.past))
        gains = gain(utility(world.catalogue, inhabitant.person, posts, now_s))
        ideal = dcg_at(np.sort(gains)[::-1], 10)
        expected.append(dcg_at(np.full(10, gains.mean()), 10) / ideal)
    runs = [run_static(world, [Random()], seed=seed)["random"]["nDCG@10"] for seed in range(20)]
    assert np.mean(runs) == pytest.approx(np.mean(expected), rel=0.08)


def test_candidates_are_recent_and_new_to_the_viewer(world: World) -> None:
    policy = Listening()
    run_static(world, [policy], seed=1)
    assert len(policy.heard) == 30
    for asked, inhabitant in zip(policy.heard, world.inhabitants, strict=True):
        shown = {media_id(event.post) for event in inhabitant.past}
        assert not shown & {post.media_id for post in asked.posts}
        assert all(asked.now_s - post.created_at_s < 3 * 86400 for post in asked.posts)
        assert asked.past is inhabitant.past


def test_a_seed_gives_the_same_figures(world: World, results: dict[str, Measured]) -> None:
    again = run_static(world, main_lineup(calibrate(world, seed=5)), seed=5)
    for policy, measured in results.items():
        for name, values in measured.items():
            assert values.tolist() == again[policy][name].tolist()


@pytest.mark.parametrize("rival", ["random", "newest", "guide's sum"])
def test_ours_beats(rival: str, results: dict[str, Measured]) -> None:
    gained = paired_difference(results["ours"]["nDCG@10"], results[rival]["nDCG@10"], seed=1)
    assert gained.low > 0.02
