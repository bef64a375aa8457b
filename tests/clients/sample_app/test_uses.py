"""What people do with the sample app."""

import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.clients.sample_app.conftest import MAX_UPLOAD_BYTES
from tests.clients.sample_app.served import SampleApp, running, serve
from tests.support.node import newest, oldest
from tests.support.orchestrator import ServedOrchestrator
from tests.support.uploads import plain, with_text

JPEG = b"\xff\xd8\xff"


def test_one_command_starts_it_and_ctrl_c_ends_it(
    built: Path, feedlens: ServedOrchestrator, tmp_path: Path
) -> None:
    environment = {"EMBEDDING_SERVER_URL": feedlens.url}
    with running(newest(), ["npm", "start"], built, tmp_path, **environment) as app:
        health = app.http.get("/healthz")
        assert health.status_code == 200
        assert health.json()["status"] == "ok"
        assert health.json()["models"]["image_embedding"] == "ok"
        os.killpg(app.process.pid, signal.SIGINT)  # as a terminal does, to npm and all below it
        app.process.wait(30)
        assert "SIGINT: ending" in app.log.read_text()
        with pytest.raises(httpx.ConnectError):
            app.http.get("/healthz")


def test_a_picture_is_stored_once_and_shown(app: SampleApp) -> None:
    picture = with_text("FRESH COFFEE")
    first = app.post("sign", "The new sign", picture)
    assert first.status_code == 201, first.text
    assert first.headers["location"] == "/posts/sign"
    assert first.json() == {
        "media_id": "sign",
        "created": True,
        "degraded": [],
        "path": "multimodal",
        "thumbnail": "/posts/sign/thumbnail",
    }
    again = app.post("sign", "The new sign", picture)
    assert (again.status_code, again.json()["created"]) == (200, False)

    post = app.http.get("/posts/sign").json()
    assert (post["caption"], post["author_id"]) == ("The new sign", "ann")
    assert post["ocr_text"] == "FRESH COFFEE"
    thumbnail = app.http.get(post["thumbnail"])
    assert thumbnail.headers["content-type"] == "image/jpeg"
    assert thumbnail.content.startswith(JPEG)


def test_an_id_may_be_made_up_and_may_hold_anything(app: SampleApp) -> None:
    made_up = app.http.post("/posts", files={"author_id": (None, "ann"), "caption": (None, "Hi")})
    assert made_up.status_code == 201
    location = made_up.headers["location"]
    assert app.http.get(location).json()["caption"] == "Hi"
    assert app.http.get(f"{location}/thumbnail").status_code == 404

    odd = app.post("a/b ü?", file=plain("red"))
    assert odd.status_code == 201
    assert app.http.get(odd.headers["location"]).json()["media_id"] == "a/b ü?"
    assert app.http.get(odd.json()["thumbnail"]).content.startswith(JPEG)


def test_the_feed_comes_in_pages_with_captions(app: SampleApp) -> None:
    captions = {f"page-{number}": f"Caption {number} of many" for number in range(7)}
    for media_id, caption in captions.items():
        assert app.post(media_id, caption).status_code == 201
    shown: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = app.http.get("/feed/paging", params=query).json()
        assert len(page["items"]) <= 3
        for item in page["items"]:
            shown.append(item["media_id"])
            assert item["caption"] == captions.get(item["media_id"], item["caption"])
        cursor = page["cursor"]
        if cursor is None:
            break
    assert len(shown) == len(set(shown))
    assert set(captions) <= set(shown)

    other = app.http.get("/feed/paging", params={"limit": 1}).json()["cursor"]
    assert app.http.get("/feed/somebody", params={"cursor": other}).status_code == 403


def test_what_was_liked_is_out_of_the_feed(app: SampleApp) -> None:
    app.post("liked", "A caption to like")
    like = {"user_id": "liker", "kind": "like", "event_id": "like-1"}
    for _ in range(2):  # a browser that sends it again
        answer = app.http.post("/posts/liked/events", json=like)
        assert (answer.status_code, answer.json()) == (201, {"event_id": "like-1"})
    items = app.http.get("/feed/liker", params={"limit": 50}).json()["items"]
    assert items
    assert "liked" not in {item["media_id"] for item in items}

    unknown = app.http.post("/posts/nowhere/events", json={"user_id": "liker", "kind": "like"})
    assert unknown.status_code == 404
    assert unknown.headers["content-type"].startswith("application/problem+json")


def test_a_list_is_ranked_for_a_viewer(app: SampleApp) -> None:
    app.post("cat", "My cat sleeps on the warm sofa")
    app.post("kitten", "A kitten that plays with wool")
    app.post("tax", "How to fill in the form of your income tax")
    app.http.post("/posts/cat/events", json={"user_id": "cats", "kind": "like"})
    request = {"user_id": "cats", "media_ids": ["tax", "kitten", "gone"]}
    answer = app.http.post("/rank", json=request).json()
    assert [item["media_id"] for item in answer["items"]] == ["kitten", "tax"]
    assert answer["items"][0]["caption"] == "A kitten that plays with wool"
    assert answer["items"][0]["thumbnail"] is None
    assert answer["unknown"] == ["gone"]


def test_posts_are_found_by_meaning(app: SampleApp) -> None:
    app.post("bread", "Sourdough loaf, still hot from the oven")
    app.post("train", "The night train to Vienna leaves at ten")
    answer = app.http.get("/search", params={"q": "something fresh to bake", "limit": "1"})
    (item,) = answer.json()["items"]
    assert item["media_id"] == "bread"
    assert item["caption"] == "Sourdough loaf, still hot from the oven"


def test_memory_does_not_follow_the_size_of_an_upload(
    built: Path, feedlens: ServedOrchestrator, tmp_path: Path
) -> None:
    """Zeros, which are no picture and no video: Feedlens itself has read and refused them."""
    environment = {
        "EMBEDDING_SERVER_URL": feedlens.url,
        "MAX_UPLOAD_BYTES": str(MAX_UPLOAD_BYTES),
    }
    with serve(newest(), built, tmp_path, **environment) as app:
        peaks = []
        for megabytes in (60, 190):
            answer = app.post_zeros("zeros", megabytes)
            assert answer.status_code == 422, answer.text
            assert answer.json()["type"] == "urn:feedlens:problem:undecodable-media"
            peaks.append(app.peak_bytes())
    # Held whole, the second needs 130 MB more than the first.
    assert peaks[1] - peaks[0] < 50_000_000


def test_it_runs_on_the_oldest_node(
    built: Path, feedlens: ServedOrchestrator, tmp_path: Path
) -> None:
    with serve(oldest(), built, tmp_path, EMBEDDING_SERVER_URL=feedlens.url) as app:
        assert app.post("oldest", "From an old Node", plain("blue")).status_code == 201
        assert app.http.get("/feed/old", params={"limit": 1}).json()["items"]
        app.process.terminate()
        assert app.process.wait(30) == 0
