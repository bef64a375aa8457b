import numpy as np
import pytest

from evaluation.world.catalogue import DAY_S, make_catalogue
from evaluation.world.topics import make_topics
from evaluation.world.world import World


def test_columns_are_in_order_of_time_and_in_their_ranges() -> None:
    rng = np.random.default_rng(2)
    catalogue = make_catalogue(rng, make_topics(rng), posts=800, days=10)
    assert len(catalogue) == 800
    assert (np.diff(catalogue.created_at_s) >= 0).all()
    assert 0 <= catalogue.created_at_s[0] <= catalogue.created_at_s[-1] <= 10 * DAY_S + 3600
    assert catalogue.mix.sum(axis=1) == pytest.approx(np.ones(800))
    assert np.linalg.norm(catalogue.latent, axis=1) == pytest.approx(np.ones(800))
    assert ((catalogue.quality >= 0) & (catalogue.quality <= 1)).all()


def test_a_burst_is_of_one_author_one_thing_and_one_hour(world: World) -> None:
    catalogue = world.catalogue
    repeats = np.flatnonzero(catalogue.burst != np.arange(len(catalogue)))
    first = catalogue.burst[repeats]
    assert 0.05 < len(repeats) / len(catalogue) < 0.25
    assert (catalogue.author[repeats] == catalogue.author[first]).all()
    assert (catalogue.content_type[repeats] == catalogue.content_type[first]).all()
    assert (catalogue.created_at_s[repeats] - catalogue.created_at_s[first]).max() <= 3600
    assert (catalogue.latent[repeats] * catalogue.latent[first]).sum(axis=1).min() > 0.97


def test_half_of_the_likes_come_within_twelve_hours(world: World) -> None:
    post = int(world.catalogue.likes.argmax())
    born = float(world.catalogue.created_at_s[post])
    final = world.catalogue.likes[post]
    assert world.catalogue.counters(born - 1)[0][post] == 0
    assert world.catalogue.counters(born + DAY_S / 2)[0][post] == int(final / 2)
    assert world.catalogue.counters(born + 60 * DAY_S)[0][post] == pytest.approx(final, abs=1)


def test_authors_are_of_uneven_activity(world: World) -> None:
    counts = np.bincount(world.catalogue.author)
    assert counts.max() > 8 * np.median(counts[counts > 0])
