import numpy as np

from evaluation.protocols.static import seen
from evaluation.world.catalogue import DAY_S
from evaluation.world.world import World, WorldSize, make_world
from tests.evaluation.conftest import SMALL


def test_a_seed_makes_one_world(world: World) -> None:
    again = make_world(5, SMALL)
    assert (again.visual.vectors == world.visual.vectors).all()
    assert [one.past for one in again.inhabitants] == [one.past for one in world.inhabitants]
    other = make_world(6, SMALL)
    assert (other.visual.vectors != world.visual.vectors).any()


def test_an_inhabitant_does_not_depend_on_how_many_there_are(world: World) -> None:
    fewer = make_world(5, WorldSize(viewers=3, posts=1500, days=14.0, days_ahead=2.0))
    assert [one.past for one in fewer.inhabitants] == [one.past for one in world.inhabitants[:3]]


def test_the_past_is_past_and_of_posts_that_were_there(world: World) -> None:
    for inhabitant in world.inhabitants:
        times = [event.at_s for event in inhabitant.past]
        assert times == sorted(times)
        for event in inhabitant.past:
            born = world.catalogue.created_at_s[event.post]
            assert born <= event.at_s <= world.size.now_s + 3600
            assert event.at_s - born <= 3 * DAY_S + 3600


def test_no_post_is_shown_twice(world: World) -> None:
    for inhabitant in world.inhabitants:
        shown = [event.post for event in inhabitant.past if event.kind in {"view", "skip"}]
        assert len(shown) == len(set(shown)) == len(seen(inhabitant.past))


def test_policies_see_counters_of_the_moment_and_what_is_known(world: World) -> None:
    now_s = world.size.now_s
    indices = world.available(now_s, 1.0)
    posts = world.posts_at(now_s, indices)
    likes, _ = world.catalogue.counters(now_s)
    assert [post.likes for post in posts] == likes[indices].tolist()
    assert all(now_s - DAY_S < post.created_at_s <= now_s for post in posts)
    absent = [post.visual is None for post in posts]
    assert absent == (~world.visual.present[indices]).tolist()
    assert np.isclose([np.linalg.norm(p.text) for p in posts if p.text is not None], 1).all()
