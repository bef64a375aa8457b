import numpy as np
import pytest

from evaluation.policies.calibrating import calibrate
from evaluation.world.world import World
from ranking.cone import without


def test_unrelated_posts_are_worth_little_and_those_of_a_topic_much(world: World) -> None:
    calibrations = calibrate(world, seed=1)
    assert calibrations == calibrate(world, seed=1)
    topic = world.catalogue.mix.argmax(axis=1)
    for maps, embeddings in ((calibrations.visual, world.visual), (calibrations.text, world.text)):
        rows = np.flatnonzero(embeddings.present)[:600]
        vectors = without(embeddings.vectors[rows], maps.common)
        values = maps.pair((vectors @ vectors.T).astype(np.float64))
        same = topic[rows, None] == topic[rows]
        np.fill_diagonal(same, False)
        unlike = topic[rows, None] != topic[rows]
        assert (values[unlike] == 0).mean() > 0.75
        assert values[same].mean() > 4 * values[unlike].mean()


def test_the_cone_is_clips(world: World) -> None:
    calibrations = calibrate(world, seed=1)
    along = world.visual.vectors[world.visual.present] @ np.array(calibrations.visual.common)
    assert along.mean() == pytest.approx(0.71, abs=0.03)
    kept = calibrate(world, seed=1, cone_kept=True)
    assert kept.visual.common == ()
    assert kept.visual.pair.cosines[0] > 0.5 > calibrations.visual.pair.cosines[0]
