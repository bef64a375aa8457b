from orchestrator.store.collection import Point
from orchestrator.store.generations import View
from orchestrator.store.payloads import event_from, event_payload, post_from, post_payload
from tests.orchestrator.store.conformance import SCHEMA, event, post, without_vectors

VIEW = View(SCHEMA, {"visual": "visual", "text": "text"})


def test_a_post_written_before_there_was_a_perceptual_hash_or_an_address() -> None:
    payload = post_payload(post())
    del payload["perceptual_hash"], payload["media_url"]
    for name in ("duration_s", "frame_times_s", "representative_time_s"):
        del payload[name]
    read = post_from(Point("id", payload), VIEW)
    assert read == without_vectors(post(perceptual_hash=None, media_url=None))


def test_an_event_written_before_its_author_and_variant_were_kept() -> None:
    payload = event_payload(event(variant="b"))
    del payload["author_id"], payload["variant"]
    assert event_from(Point("id", payload)) == event(author_id=None, variant=None)


def test_what_a_later_version_wrote_beside_is_left_out() -> None:
    later = {"mood": "glad"}
    assert post_from(Point("id", post_payload(post()) | later), VIEW) == without_vectors(post())
    assert event_from(Point("id", event_payload(event()) | later)) == event()


def test_a_posts_fingerprint_is_that_of_the_vectors_it_is_read_with() -> None:
    payload = post_payload(post(model_fingerprint={"visual": "clip@0", "text": "mpnet@0"}))
    assert post_from(Point("id", payload), VIEW).model_fingerprint == SCHEMA.fingerprints
