"""Searches by post, text, vector and picture through the real models: OCR, MiniLM, tiny CLIP."""

import json
from typing import Any

import pytest

from tests.support.orchestrator import ServedOrchestrator
from tests.support.problems import check_problem
from tests.support.uploads import plain, with_text

FILES = {
    "poster": with_text("PUBLIC ASTRONOMY EVENT", "BRING YOUR TELESCOPE"),
    "recipe": with_text("PANCAKE RECIPE", "FLOUR EGGS MILK BUTTER"),
    "bug": with_text("ALL UNIT TESTS FAILED", "PLEASE FIX THE BUILD"),
    "teal": plain("teal"),
}
STARS = "A night under the stars with a telescope"


@pytest.fixture(scope="module", autouse=True)
def _posts(stack: ServedOrchestrator) -> None:
    for number, (media_id, file) in enumerate(FILES.items()):
        created = stack.publish(media_id, file=file, likes=str(10 * number))
        assert created.status_code == 201, created.text
    again = stack.publish("poster-again", file=FILES["poster"], author_id="bob")
    assert again.status_code == 201
    assert stack.publish("words", caption=STARS, author_id="bob").status_code == 201


def search(stack: ServedOrchestrator, side: str, **body: Any) -> list[dict[str, Any]]:
    answer = stack.http.post(f"/v1/search/{side}", json=body)
    items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return items


def by_picture(
    stack: ServedOrchestrator, side: str, file: bytes, **form: str
) -> list[dict[str, Any]]:
    answer = stack.http.post(f"/v1/search/{side}", data=form, files={"file": file})
    items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return items


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["media_id"] for item in items]


def test_a_meme_is_found_by_its_words(stack: ServedOrchestrator) -> None:
    found = search(stack, "text", text="software does not compile")
    assert found[0]["media_id"] == "bug"
    assert found[0]["ocr_text"] == "ALL UNIT TESTS FAILED\nPLEASE FIX THE BUILD"
    assert "teal" not in ids(found)


def test_a_picture_finds_itself_under_every_id(stack: ServedOrchestrator) -> None:
    for side in ("visual", "text", "hybrid"):
        found = by_picture(stack, side, FILES["poster"], limit="2")
        assert set(ids(found)) == {"poster", "poster-again"}
        assert [item["score"] for item in found] == pytest.approx([1.0, 1.0], abs=1e-5)


def test_a_post_finds_its_copy_but_not_itself(stack: ServedOrchestrator) -> None:
    for side in ("visual", "text", "hybrid"):
        found = search(stack, side, media_id="poster")
        assert found[0]["media_id"] == "poster-again"
        assert found[0]["score"] == pytest.approx(1.0, abs=1e-5)
        assert "poster" not in ids(found)


def test_a_photograph_of_words_finds_words_without_a_picture(stack: ServedOrchestrator) -> None:
    found = by_picture(stack, "text", FILES["poster"], filter='{"media_types": ["text"]}')
    assert ids(found) == ["words"]
    assert found[0]["score"] > 0.4


def test_a_picture_without_words_has_none_to_search_by(stack: ServedOrchestrator) -> None:
    answer = stack.http.post("/v1/search/text", files={"file": FILES["teal"]})
    check_problem(answer, 422, "no words in the picture")


def test_a_text_is_looked_for_in_pictures(stack: ServedOrchestrator) -> None:
    found = search(stack, "visual", text="a plain colour")
    assert set(ids(found)) == {*FILES, "poster-again"}
    scores = [item["score"] for item in found]
    assert scores == sorted(scores, reverse=True)


def test_the_contributions_of_a_hybrid_search(stack: ServedOrchestrator) -> None:
    weights = {"visual": 1, "text": 3}
    hybrid = search(stack, "hybrid", media_id="poster", weights=weights)
    sides: dict[str, dict[str, float]] = {
        side: {item["media_id"]: item["score"] for item in search(stack, side, media_id="poster")}
        for side in ("visual", "text")
    }
    assert set(ids(hybrid)) == {"poster-again", "recipe", "bug", "teal", "words"}
    for item in hybrid:
        visual, text = (sides[side].get(item["media_id"], 0.0) for side in ("visual", "text"))
        assert item["contributions"] == {
            "visual": pytest.approx(0.25 * visual, abs=1e-5),
            "text": pytest.approx(0.75 * text, abs=1e-5),
        }
        assert item["score"] == pytest.approx(sum(item["contributions"].values()))


def test_a_caption_counts_as_words_of_the_picture(stack: ServedOrchestrator) -> None:
    weights = json.dumps({"visual": 0, "text": 1})
    found = by_picture(stack, "hybrid", FILES["teal"], caption=STARS, weights=weights, limit="1")
    assert [(item["media_id"], item["contributions"]) for item in found] == [
        ("words", {"text": pytest.approx(1.0, abs=1e-5)})
    ]


def test_the_vectors_of_a_post_find_it(stack: ServedOrchestrator) -> None:
    post = stack.http.get("/v1/media/recipe?vectors=true").raise_for_status().json()
    vectors = {"visual_vector": post["visual_embedding"], "text_vector": post["text_embedding"]}
    (found,) = search(stack, "hybrid", **vectors, limit=1)
    assert (found["media_id"], found["score"]) == ("recipe", pytest.approx(1.0, abs=1e-5))


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"author_ids": ["bob"]}, {"poster-again", "words"}),
        ({"media_types": ["text"]}, {"words"}),
        ({"min_likes": 10, "max_likes": 20}, {"recipe", "bug"}),
        ({"created_before": "2020-01-01T00:00:00Z"}, set()),
        ({"min_alignment": 0}, set()),
    ],
)
def test_filters(stack: ServedOrchestrator, where: dict[str, Any], expected: set[str]) -> None:
    assert set(ids(search(stack, "hybrid", text="stars", filter=where))) == expected


def test_another_caption_is_found_and_the_old_one_is_not(stack: ServedOrchestrator) -> None:
    assert stack.publish("changing", file=plain("red"), caption="A cat").status_code == 201
    patched = stack.http.patch(
        "/v1/media/changing", json={"caption": "How to bake sourdough bread", "likes": 4}
    )
    body = patched.raise_for_status().json()
    assert 0 <= body["alignment_score"] <= 1
    assert search(stack, "text", text="baking a loaf")[0]["media_id"] == "changing"
    (cat,) = search(stack, "text", text="A cat", filter={"min_likes": 4, "max_likes": 4})
    assert cat["score"] < 0.5


def test_vectors_of_a_post_stand_for_another(stack: ServedOrchestrator) -> None:
    bug = stack.http.get("/v1/media/bug?vectors=true").raise_for_status().json()
    given = {"text": bug["text_embedding"], "fingerprints": bug["model_fingerprint"]}
    stored = stack.http.put("/v1/media/imported/vectors", json={**given, "author_id": "eve"})
    assert stored.status_code == 201, stored.text
    found = search(stack, "text", media_id="bug", limit=1)
    assert (found[0]["media_id"], found[0]["score"]) == ("imported", pytest.approx(1.0, abs=1e-5))
    given["fingerprints"] = {"text": "another-model@1"}
    refused = stack.http.put("/v1/media/imported/vectors", json=given)
    check_problem(refused, 409, "another-model@1")
    check_problem(refused, 409, bug["model_fingerprint"]["text"])
