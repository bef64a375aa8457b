from orchestrator.caching.counts import Counts


def test_the_rate_is_of_all_questions() -> None:
    counts = Counts(hits=3, misses=1, errors=1)
    assert counts.as_dict() == {"hits": 3, "misses": 1, "errors": 1, "rate": 0.75}


def test_there_is_no_rate_before_the_first_question() -> None:
    assert Counts().rate is None
