import pytest

from orchestrator.admission import Admission
from orchestrator.errors import Unavailable


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
