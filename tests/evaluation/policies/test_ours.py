import pytest

from evaluation.policies.ours import Ours, viewer_of
from evaluation.world.answers import Event
from ranking.calibration import Calibration, Calibrations, ModalityCalibrations
from ranking.rank import Ranking
from ranking.types import Post
from ranking.viewer import TasteParameters
from tests.evaluation.policies.asking import EAST, NORTH, NOW_S, asked

_LINE = Calibration("line", (0.0, 1.0), (0.0, 1.0))
_MAPS = ModalityCalibrations(_LINE, _LINE)


def test_ours_is_the_ranking_package() -> None:
    posts = [
        Post("a", "x", "meme", NOW_S, visual=NORTH),
        Post("b", "y", "meme", NOW_S, visual=EAST),
    ]
    ours = Ours(Ranking(Calibrations(_MAPS, _MAPS)), TasteParameters())
    assert ours.order(asked(posts, (EAST, None))) == [1, 0]
    assert ours.order(asked(posts, (NORTH, None))) == [0, 1]


def test_events_make_the_viewer_dislikes_among_them() -> None:
    past = [Event(0, "like", NOW_S), Event(1, "hide", NOW_S), Event(0, "dwell", NOW_S, 30.0)]
    viewer = viewer_of(past, lambda post: ((EAST, NORTH)[post], None), NOW_S, TasteParameters())
    assert viewer.visual.interests[0].vector == pytest.approx(EAST)
    assert viewer.visual.avoided[0].media_id == "p000001"
    assert viewer.text.interests == ()
