import pytest

from orchestrator.admission import Admission
from orchestrator.content.picture import Picture
from orchestrator.errors import Unavailable
from tests.support.fake_decoder import made_video


def test_what_is_beyond_the_limit_is_refused_until_a_place_is_free() -> None:
    admission = Admission(2)
    with admission.place():
        with admission.place(), pytest.raises(Unavailable, match="2 extractions are running"):
            admission.place().__enter__()
        with admission.place():
            pass


def test_a_failure_gives_its_place_back() -> None:
    admission = Admission(1)
    with pytest.raises(ValueError, match="broken"), admission.place():
        raise ValueError("broken")
    with admission.place():
        pass


def test_videos_leave_half_of_the_places_to_what_does_not_wait_for_the_decoder() -> None:
    admission = Admission(4)
    video, picture = made_video(), Picture(b"jpeg", "sha256:p", 4, 3)
    with admission.turn(video), admission.turn(video):
        with pytest.raises(Unavailable, match="2 videos are in work"):
            admission.turn(video).__enter__()
        with admission.turn(picture), admission.turn(None):
            pass
    with admission.turn(video):
        pass


def test_one_video_at_a_time_has_a_place_at_least() -> None:
    admission = Admission(1)
    with pytest.raises(ValueError, match="broken"), admission.turn(made_video()):
        raise ValueError("broken")
    with admission.turn(made_video()):
        pass
