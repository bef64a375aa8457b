"""Deaths while a Triton starts, on made looks at its processes."""

from serving.deaths import StartDeaths
from serving.processes import Stub


def stub(state: str, process_id: int = 7) -> Stub:
    model = "" if state == "Z" else "ocr"
    return Stub(process_id, started_at=1, model=model, state=state, cpu_s=0.0)


def test_a_dead_process_counts_after_three_seconds_and_keeps_its_name() -> None:
    deaths = StartDeaths()
    assert deaths.see([stub("R"), stub("S", 8)], 0.0) is None
    assert deaths.see([stub("Z"), stub("S", 8)], 1.0) is None
    assert deaths.see([stub("Z"), stub("S", 8)], 3.9) is None
    assert deaths.see([stub("Z"), stub("S", 8)], 4.0) == "ocr"


def test_one_that_triton_ended_and_let_go_of_does_not_count() -> None:
    deaths = StartDeaths()
    deaths.see([stub("Z")], 0.0)
    assert deaths.see([], 2.0) is None
    assert deaths.see([stub("Z", 8)], 4.0) is None


def test_one_that_was_never_seen_alive_has_no_name() -> None:
    deaths = StartDeaths()
    deaths.see([stub("Z")], 0.0)
    assert deaths.see([stub("Z")], 3.0) == "a Python model"
