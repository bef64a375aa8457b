"""POST /v1/search/visual, /text and /hybrid by JSON, over the real app on made models."""

import math
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.orchestrator.store.conformance import NOW, post, unit
from tests.support.app import App, open_app
from tests.support.problems import check_problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIDES = ("visual", "text", "hybrid")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    """Posts along the made models' vectors, some of one side only."""
    async with open_app(tmp_path_factory.mktemp("app")) as opened:
        await opened.store.put_posts(
            [
                post("east", text=unit(4, 3, 0), likes=1),
                post("north", visual=unit(0, 1, 0, 0), text=unit(0, 1, 0), author_id="bob"),
                post("words", visual=None, media_type="text", content_type="text_only"),
                post("picture", visual=unit(3, 4, 0, 0), text=None, has_text_embedding=False),
            ]
        )
        yield opened


async def search(app: App, side: str, **body: Any) -> list[dict[str, Any]]:
    answer = await app.post(f"/v1/search/{side}", **body)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["media_id"] for item in items]


async def test_an_item_tells_the_post_and_its_score(app: App) -> None:
    (item,) = await search(app, "text", text=" a cat ", limit=1)
    assert item == {
        "media_id": "north",
        "score": pytest.approx(1.0),
        "contributions": {"text": pytest.approx(1.0)},
        "author_id": "bob",
        "caption": "A cat",
        "ocr_text": "MEOW",
        "content_type": "meme",
    }


async def test_a_text_is_looked_for_in_pictures_by_clips_text_tower(app: App) -> None:
    items = await search(app, "visual", text="a cat")
    assert ids(items) == ["north", "picture", "east"]
    # the made tower answers (0.2, 0.98, 0, 0)
    assert [item["score"] for item in items] == pytest.approx([0.98, 0.904, 0.2], abs=1e-3)


@pytest.mark.parametrize(
    ("side", "vector", "expected"),
    [("visual", [0, 7, 0, 0], "north"), ("text", [1e-3, 0, 0], "words")],
)
async def test_a_vector_of_any_norm(
    app: App, side: str, vector: list[float], expected: str
) -> None:
    (item,) = await search(app, side, vector=vector, limit=1)
    assert (item["media_id"], item["score"]) == (expected, pytest.approx(1.0))


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        ("visual", {"picture", "north"}),
        ("text", {"words", "north"}),
        ("hybrid", {"words", "picture", "north"}),
    ],
)
async def test_like_a_stored_post_but_not_that_post(
    app: App, side: str, expected: set[str]
) -> None:
    assert set(ids(await search(app, side, media_id="east"))) == expected


async def test_hybrid_by_a_post_with_one_side(app: App) -> None:
    items = await search(app, "hybrid", media_id="picture")
    assert ids(items) == ["north", "east"]
    assert [item["contributions"] for item in items] == [
        {"visual": pytest.approx(0.8)},
        {"visual": pytest.approx(0.6)},
    ]


async def test_hybrid_contributions_add_up(app: App) -> None:
    weights = {"visual": 3, "text": 1}
    vectors = {"visual_vector": [1, 0, 0, 0], "text_vector": [1, 0, 0]}
    items = await search(app, "hybrid", **vectors, weights=weights)
    assert {item["media_id"]: item["contributions"] for item in items} == {
        "east": {"visual": pytest.approx(0.75), "text": pytest.approx(0.2)},
        "picture": {"visual": pytest.approx(0.45), "text": 0.0},
        "words": {"visual": 0.0, "text": pytest.approx(0.25)},
        "north": {"visual": pytest.approx(0.0), "text": pytest.approx(0.0)},
    }
    assert ids(items) == ["east", "picture", "words", "north"]
    for item in items:
        assert item["score"] == pytest.approx(sum(item["contributions"].values()))


async def test_hybrid_weights_default_to_equal_ones(app: App) -> None:
    vectors = {"visual_vector": [1, 0, 0, 0], "text_vector": [1, 0, 0]}
    equal = await search(app, "hybrid", **vectors, weights={"visual": 0.5, "text": 0.5})
    assert await search(app, "hybrid", **vectors) == equal


async def test_hybrid_by_text_asks_both_towers(app: App) -> None:
    items = await search(app, "hybrid", text="a cat", limit=1)
    assert items[0]["contributions"] == {
        "visual": pytest.approx(0.49, abs=1e-3),
        "text": pytest.approx(0.5),
    }


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"author_ids": ["bob"]}, {"north"}),
        ({"content_types": ["text_only"]}, {"words"}),
        ({"media_types": ["text"]}, {"words"}),
        ({"max_likes": 1}, {"east"}),
        ({"min_likes": 2, "author_ids": ["ann"]}, {"words", "picture"}),
        ({"min_comments": 2}, set()),
        ({"min_alignment": 0.7, "max_alignment": 0.7, "max_likes": 1}, {"east"}),
        ({"min_alignment": 0.71}, set()),
        ({"created_after": NOW.isoformat()}, set()),
        ({"created_before": NOW.isoformat()}, set()),
        ({"created_before": "2026-11-02T00:00:00+02:00", "max_likes": 1}, {"east"}),
    ],
)
async def test_filters(app: App, where: dict[str, Any], expected: set[str]) -> None:
    found = await search(app, "hybrid", text="a cat", filter=where)
    assert set(ids(found)) == expected


@pytest.mark.parametrize("side", ["visual", "text"])
@pytest.mark.parametrize(
    "body",
    [{}, {"text": "x", "media_id": "east"}, {"vector": [1], "media_id": "east"}],
)
async def test_one_query_it_must_be(app: App, side: str, body: dict[str, Any]) -> None:
    answer = await app.post(f"/v1/search/{side}", **body)
    check_problem(answer, 422, "exactly one of media_id, text and vector")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "x", "media_id": "east"},
        {"text": "x", "visual_vector": [1, 0, 0, 0], "text_vector": [1, 0, 0]},
        {"media_id": "east", "text_vector": [1, 0, 0]},
        {"media_id": "east", "visual_vector": [1, 0, 0, 0], "text_vector": [1, 0, 0]},
    ],
)
async def test_one_hybrid_query_it_must_be(app: App, body: dict[str, Any]) -> None:
    check_problem(await app.post("/v1/search/hybrid", **body), 422, "exactly one of")


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({"media_id": "nobody"}, 404, "'nobody'"),
        ({"text": "   "}, 422, "blank"),
        ({"text": "x" * 20_000}, 413, "10,000"),
        ({"text": "x", "limit": 0}, 422, "limit"),
        ({"text": "x", "limit": 101}, 422, "limit"),
        ({"text": "x", "colour": "red"}, 422, "colour"),
        ({"text": "x", "filter": {"colour": "red"}}, 422, "colour"),
        ({"text": "x", "filter": {"media_types": ["film"]}}, 422, "media_types"),
        ({"text": "x", "filter": {"min_likes": -1}}, 422, "min_likes"),
        ({"text": "x", "filter": {"min_alignment": 2}}, 422, "min_alignment"),
        ({"text": "x", "filter": {"min_likes": 3, "max_likes": 2}}, 422, "min_likes is above"),
    ],
)
async def test_what_is_refused(
    app: App, side: str, body: dict[str, Any], status: int, detail: str
) -> None:
    check_problem(await app.post(f"/v1/search/{side}", **body), status, detail)


@pytest.mark.parametrize(
    ("side", "name", "dimension"),
    [
        ("visual", "vector", 4),
        ("text", "vector", 3),
        ("hybrid", "visual_vector", 4),
        ("hybrid", "text_vector", 3),
    ],
)
async def test_a_vector_that_is_none(app: App, side: str, name: str, dimension: int) -> None:
    path = f"/v1/search/{side}"
    wrong = await app.post(path, **{name: [1.0] * 5})
    check_problem(wrong, 422, f"{name} has 5 numbers, the model's have {dimension}")
    check_problem(await app.post(path, **{name: [0.0] * dimension}), 422, "no direction")
    endless = f'{{"{name}": [{", ".join(["1e999"] * dimension)}]}}'
    headers = {"Content-Type": "application/json"}
    check_problem(await app.http.post(path, content=endless, headers=headers), 422, name)


@pytest.mark.parametrize(
    ("side", "media_id", "detail"),
    [("visual", "words", "has no visual vector"), ("text", "picture", "has no text vector")],
)
async def test_a_post_without_the_side(app: App, side: str, media_id: str, detail: str) -> None:
    check_problem(await app.post(f"/v1/search/{side}", media_id=media_id), 422, detail)


@pytest.mark.parametrize(
    ("weights", "detail"),
    [
        ({"visual": -1}, "visual"),
        ({"visual": 0, "text": 0}, "above 0"),
        ({"image": 1}, "image"),
        ({"text": math.pi * 1e9}, "text"),
    ],
)
async def test_weights_that_are_none(app: App, weights: dict[str, float], detail: str) -> None:
    check_problem(await app.post("/v1/search/hybrid", text="x", weights=weights), 422, detail)


async def test_a_side_without_weight_is_no_query(app: App) -> None:
    answer = await app.post(
        "/v1/search/hybrid", media_id="picture", weights={"visual": 0, "text": 1}
    )
    check_problem(answer, 422, "no side of the query")


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
async def test_another_content_type(app: App, side: str, kind: str) -> None:
    answer = await app.http.post(
        f"/v1/search/{side}", content=b'{"text": "x"}', headers={"Content-Type": kind}
    )
    check_problem(answer, 415, "application/json")


@pytest.mark.parametrize("side", SIDES)
async def test_openapi_tells_both_bodies(app: App, side: str) -> None:
    document = (await app.http.get("/openapi.json")).json()
    content = document["paths"][f"/v1/search/{side}"]["post"]["requestBody"]["content"]
    assert content.keys() == {"application/json", "multipart/form-data"}
    bodies = {
        kind: document["components"]["schemas"][body["schema"]["$ref"].rsplit("/", 1)[1]]
        for kind, body in content.items()
    }
    assert {"media_id", "text", "limit", "filter"} <= bodies["application/json"][
        "properties"
    ].keys()
    form = bodies["multipart/form-data"]
    assert {"file", "limit", "filter"} <= form["properties"].keys()
    assert form["required"] == ["file"]
    assert ("caption" in form["properties"]) == (side == "hybrid")
