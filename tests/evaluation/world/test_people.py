import numpy as np

from evaluation.world.catalogue import DAY_S
from evaluation.world.people import make_person
from evaluation.world.topics import make_topics

TOPICS = make_topics(np.random.default_rng(0))


def test_one_to_five_interests_of_unequal_strength_and_some_dislikes() -> None:
    rng = np.random.default_rng(3)
    people = [make_person(rng, TOPICS, days=20) for _ in range(300)]
    interests = {int((person.before >= 0.3).sum()) for person in people}
    assert interests == {1, 2, 3, 4, 5}
    assert all(person.before.max() == 1.0 for person in people)
    assert {int((person.before < 0).sum()) for person in people} == {0, 1, 2, 3}


def test_who_drifts_gives_up_one_interest_for_another() -> None:
    person = make_person(np.random.default_rng(4), TOPICS, days=20, drifting=1.0)
    changed = np.flatnonzero(person.before != person.after)
    assert len(changed) == 2
    assert 8 * DAY_S <= person.turn_s <= 16 * DAY_S
    assert (person.affinity(person.turn_s - 1) == person.before).all()
    assert (person.affinity(person.turn_s) == person.after).all()
    lost = changed[person.before[changed].argmax()]
    assert person.after[lost] == 0.2 * person.before[lost]
