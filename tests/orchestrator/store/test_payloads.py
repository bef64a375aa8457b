from orchestrator.store.payloads import event_from, event_payload, post_from, post_payload
from tests.orchestrator.store.conformance import event, post, without_vectors


def test_a_post_written_before_there_was_a_perceptual_hash() -> None:
    payload = post_payload(post())
    del payload["perceptual_hash"]
    assert post_from(payload, {}) == without_vectors(post(perceptual_hash=None))


def test_an_event_written_before_its_author_was_kept() -> None:
    payload = event_payload(event())
    del payload["author_id"]
    assert event_from(payload) == event(author_id=None)
