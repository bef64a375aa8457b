"""Uploads become search results and feeds that mean something: real OCR, real text vectors."""

import pytest

from tests.support.orchestrator import ServedOrchestrator
from tests.support.uploads import plain, with_text

PIXELS_ONLY = {
    "poster": ("PUBLIC ASTRONOMY EVENT", "BRING YOUR TELESCOPE"),
    "recipe": ("PANCAKE RECIPE", "FLOUR EGGS MILK BUTTER"),
    "bug": ("ALL UNIT TESTS FAILED", "PLEASE FIX THE BUILD"),
}
CAPTIONS = {
    "space-1": "Saturn's rings through a small telescope",
    "space-2": "A meteor shower over the observatory",
    "space-3": "The rocket reached orbit around the moon",
    "food-1": "Sourdough bread fresh from the oven",
    "food-2": "How to cook pasta carbonara",
    "food-3": "Chocolate cake with cream for dessert",
}


@pytest.fixture(scope="module", autouse=True)
def _posts(stack: ServedOrchestrator) -> None:
    for media_id, lines in PIXELS_ONLY.items():
        assert stack.publish(media_id, file=with_text(*lines)).status_code == 201
    for number, (media_id, caption) in enumerate(CAPTIONS.items()):
        created = stack.publish(media_id, caption=caption, author_id=f"author-{number}")
        assert created.status_code == 201


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("stargazing night for everyone", "poster"),
        ("what to make for breakfast", "recipe"),
        ("software does not compile", "bug"),
    ],
)
def test_a_picture_without_caption_is_found_by_the_meaning_of_its_pixels(
    stack: ServedOrchestrator, question: str, expected: str
) -> None:
    found = stack.search(question, limit=10, filter={"content_types": ["meme", "mixed"]})
    assert found[0]["media_id"] == expected
    assert found[0]["caption"] is None
    assert found[0]["contributions"]["text"] == pytest.approx(found[0]["score"])
    scores = [item["score"] for item in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[1] + 0.1


def test_a_topic_that_is_liked_stands_above_another(stack: ServedOrchestrator) -> None:
    stack.like("stargazer", "space-1", "space-2")
    stack.like("cook", "food-1", "food-2")
    places = {
        viewer: {item["media_id"]: place for place, item in enumerate(stack.feed(viewer))}
        for viewer in ("stargazer", "cook")
    }
    assert places["stargazer"]["space-3"] < places["stargazer"]["food-3"]
    assert places["stargazer"]["poster"] < places["stargazer"]["recipe"]
    assert places["cook"]["food-3"] < places["cook"]["space-3"]
    assert places["cook"]["recipe"] < places["cook"]["poster"]


def test_what_a_viewer_liked_is_not_served_again(stack: ServedOrchestrator) -> None:
    stack.like("once", "space-1")
    assert "space-1" not in {item["media_id"] for item in stack.feed("once")}


def test_every_item_explains_its_score(stack: ServedOrchestrator) -> None:
    stack.like("curious", "food-1")
    for item in stack.feed("curious"):
        present = [signal for signal in item["signals"].values() if signal]
        assert item["score"] == pytest.approx(sum(s["contribution"] for s in present), abs=1e-9)
        assert sum(signal["weight"] for signal in present) == pytest.approx(1.0)
        assert item["reason"]
    assert item["signals"].keys() == {"visual", "text", "engagement", "recency", "diversity"}


def test_a_new_viewer_gets_a_feed_of_what_is_new_and_popular(stack: ServedOrchestrator) -> None:
    stack.publish("hit", caption="Everyone talks about this", likes="5000", age_hours=0.1)
    items = stack.feed("nobody-knows-me")
    assert items[0]["media_id"] == "hit"
    assert items[0]["signals"]["text"] is None
    assert items[0]["reason"] == "is popular and is new"


def test_an_upload_of_ones_own_is_in_the_feed(stack: ServedOrchestrator) -> None:
    assert stack.publish("mine", file=plain("orange"), age_hours=0.0).status_code == 201
    assert "mine" in {item["media_id"] for item in stack.feed("stargazer")}


def test_filters_of_a_search(stack: ServedOrchestrator) -> None:
    found = stack.search("telescope", filter={"author_ids": ["author-0", "author-3"]})
    assert [item["media_id"] for item in found] == ["space-1", "food-1"]
    after = {"created_after": "2999-01-01T00:00:00Z"}
    assert stack.search("telescope", filter=after) == []
