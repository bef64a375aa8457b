import pytest

from evaluation.world.world import World, WorldSize, make_world

SMALL = WorldSize(viewers=30, posts=1500, days=14.0, days_ahead=2.0)


@pytest.fixture(scope="session")
def world() -> World:
    return make_world(5, SMALL)
