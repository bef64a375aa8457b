"""PATCH /v1/media/{id}, PUT /v1/media/{id}/vectors, over the real app on made models."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.app import App, open_app
from tests.support.fake_models import FakeModels
from tests.support.problems import check_problem
from tests.support.uploads import plain

STRANGE = ("a/b", "π/ü ☃", "../../etc/passwd", "x/vectors", "a?b#c", "%2F", "u" * 256)
VECTORS: dict[str, Any] = {
    "visual": [0, 1, 0, 0],
    "text": [0, 0, 1],
    "fingerprints": {"visual": "clip@1", "text": "mpnet@1"},
}


@pytest.fixture
def models() -> FakeModels:
    return FakeModels()


@pytest.fixture
async def app(tmp_path: Path, models: FakeModels) -> AsyncIterator[App]:
    """With one post, m1, of a picture and a caption."""
    async with open_app(tmp_path, models=models) as opened:
        form = {"media_id": "m1", "author_id": "ann", "caption": "A cat", "media_url": "m/1.png"}
        posted = await opened.http.post("/v1/media", data=form, files={"file": plain()})
        assert posted.status_code == 201, posted.text
        yield opened


async def patch(app: App, media_id: str = "m1", **body: Any) -> httpx.Response:
    return await app.http.patch(f"/v1/media/{quote(media_id, safe='')}", json=body)


async def put(app: App, media_id: str = "m2", **body: Any) -> httpx.Response:
    return await app.http.put(f"/v1/media/{quote(media_id, safe='')}/vectors", json=body)


async def get(app: App, media_id: str = "m1") -> dict[str, Any]:
    path = f"/v1/media/{quote(media_id, safe='')}?vectors=true"
    found: dict[str, Any] = (await app.http.get(path)).raise_for_status().json()
    return found


async def test_counters_change_and_nothing_else(app: App) -> None:
    before = await get(app)
    answer = await patch(app, likes=7)
    assert answer.status_code == 200, answer.text
    stored = await get(app)
    assert stored == {**before, "likes": 7}
    vectors = {"visual_embedding", "text_embedding"}
    assert answer.json() == {name: stored[name] for name in stored.keys() - vectors}


async def test_a_caption_changes_what_is_found(app: App, models: FakeModels) -> None:
    answer = await patch(app, caption=" A dog ", comments=2)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["caption"], answer.json()["comments"]) == ("A dog", 2)
    assert models.texts[-1] == "A dog\nMEOW MEOW MEOW"
    found = await app.post("/v1/search/text", text="dogs")
    assert [item["caption"] for item in found.json()["items"]] == ["A dog"]


async def test_a_change_is_seen_in_the_next_feed(app: App) -> None:
    async def likes() -> float:
        page = (await app.post("/v1/feed", user_id="u1", limit=5)).raise_for_status().json()
        (item,) = page["items"]
        raw: float = item["signals"]["engagement"]["raw"]
        return raw

    assert await likes() == 0
    await patch(app, likes=40)
    assert await likes() == 40


async def test_null_removes_a_caption_and_a_url(app: App) -> None:
    assert (await get(app))["media_url"] == "m/1.png"
    answer = await patch(app, caption=None, media_url=None)
    body = answer.json()
    assert (body["caption"], body["media_url"], body["alignment_score"]) == (None, None, None)


async def test_a_date_changes(app: App) -> None:
    answer = await patch(app, created_at="2026-10-01T02:00:00+02:00")
    assert answer.json()["created_at"] == "2026-10-01T00:00:00Z"
    assert (await get(app))["created_at"] == "2026-10-01T00:00:00Z"


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({}, 422, "nothing to change"),
        ({"likes": None}, 422, "likes can't be null"),
        ({"created_at": None}, 422, "created_at can't be null"),
        ({"likes": -1}, 422, "likes"),
        ({"likes": 10**16}, 422, "likes"),
        ({"likes": 1.5}, 422, "likes"),
        ({"author_id": "bob"}, 422, "author_id"),
        ({"created_at": "2999-01-01T00:00:00Z"}, 422, "future"),
        ({"caption": "x" * 10_001}, 413, "10,000"),
        ({"media_url": "x" * 2049}, 422, "media_url"),
        ({"media_url": "a\nb"}, 422, "control characters"),
        ({"media_url": "http://[::1"}, 422, "is no address"),
        ({"media_url": "file://[x"}, 422, "is no address"),
        ({"media_url": "s3://bucket/cat.png"}, 422, "nothing is fetched by 's3'"),
        ({"media_url": "https://ann:secret@cdn.example/1.png"}, 422, "credentials"),
    ],
)
async def test_a_change_that_is_refused(
    app: App, body: dict[str, Any], status: int, detail: str
) -> None:
    before = await get(app)
    check_problem(await patch(app, **{"likes": 1, **body} if body else {}), status, detail)
    assert await get(app) == before


@pytest.mark.parametrize("url", ["http://xn--a/x", "https://cdn.example:8443/ä b.png", "a:b/c"])
async def test_a_url_need_not_lead_anywhere(app: App, url: str) -> None:
    assert (await patch(app, media_url=url)).json()["media_url"] == url


async def test_a_url_that_does_not_parse_is_refused_everywhere(app: App) -> None:
    given = {"author_id": "ann", "media_url": "http://[::1"}
    form = {"media_id": "m2", **given}
    posted = await app.http.post("/v1/media", data=form, files={"file": plain()})
    check_problem(posted, 422, "is no address")
    check_problem(await put(app, **VECTORS, **given), 422, "is no address")


async def test_a_change_of_no_post(app: App) -> None:
    check_problem(await patch(app, "m2", likes=1), 404, "'m2'")
    check_problem(await patch(app, "m2", caption="x"), 404, "'m2'")


async def test_a_caption_needs_its_models(app: App, models: FakeModels) -> None:
    models.fail("embed_text")
    check_problem(await patch(app, caption="A dog"), 503, "embed_text")
    assert (await get(app))["caption"] == "A cat"


async def test_a_picture_keeps_its_url_to_the_same_upload(app: App) -> None:
    form = {"media_id": "m1", "author_id": "ann", "caption": "A cat", "media_url": "other"}
    again = await app.http.post("/v1/media", data=form, files={"file": plain()})
    assert (again.status_code, again.json()["media_url"]) == (200, "m/1.png")


async def test_vectors_make_a_post(app: App) -> None:
    answer = await put(app, **VECTORS, author_id="bob", caption="Snow", likes=4, media_url="s")
    assert answer.status_code == 201, answer.text
    stored = await get(app, "m2")
    assert (stored["visual_embedding"], stored["text_embedding"]) == ([0, 1, 0, 0], [0, 0, 1])
    assert (stored["author_id"], stored["caption"], stored["likes"]) == ("bob", "Snow", 4)
    assert (stored["media_url"], stored["content_type"]) == ("s", "mixed")
    again = await put(app, **VECTORS, author_id="bob", caption="Snow", likes=9)
    assert (again.status_code, again.json()) == (200, answer.json())


async def test_vectors_of_a_stored_post(app: App) -> None:
    before = await get(app)
    answer = await put(app, "m1", text=[0, 0, 1], fingerprints={"text": "mpnet@1"})
    assert answer.status_code == 200, answer.text
    assert await get(app) == {**before, "text_embedding": [0, 0, 1]}
    found = await app.post("/v1/search/text", vector=[0, 0, 1], limit=1)
    assert found.json()["items"][0]["score"] == pytest.approx(1.0)


@pytest.mark.parametrize("media_id", STRANGE)
async def test_any_id(app: App, media_id: str) -> None:
    assert (await put(app, media_id, **VECTORS, author_id="bob")).status_code == 201
    assert (await patch(app, media_id, likes=5)).json()["media_id"] == media_id
    assert (await get(app, media_id))["likes"] == 5


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        ({"author_id": None}, 422, "give author_id"),
        ({"visual": None, "text": None}, 422, "give visual, text, or both"),
        ({"fingerprints": {"visual": "clip@1"}}, 422, "fingerprints.text is missing"),
        ({"fingerprints": {"visual": "clip@2", "text": "mpnet@1"}}, 409, "from clip@2, the store"),
        ({"text": [0, 1]}, 422, "shape [2], the store's have [3]"),
        ({"text": [0, 0.5, 0]}, 422, "unit norm"),
        ({"text": [0, 0, 0]}, 422, "unit norm"),
        ({"text": [0, 5, 0]}, 422, "text.1"),
        ({"text": ["NaN", 0, 0]}, 422, "text.0"),
        ({"text": []}, 422, "shape [0]"),
        ({"created_at": "2999-01-01T00:00:00Z"}, 422, "future"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
async def test_vectors_that_are_refused(
    app: App, changes: dict[str, Any], status: int, detail: str
) -> None:
    check_problem(await put(app, **{**VECTORS, "author_id": "bob", **changes}), status, detail)
    assert (await app.http.get("/v1/media/m2")).status_code == 404


async def test_vectors_for_another_post_are_a_conflict(app: App) -> None:
    check_problem(await put(app, "m1", **VECTORS, caption="A dog"), 409, "another caption")
