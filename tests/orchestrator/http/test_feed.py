"""POST /v1/feed over the real app; one store for all, each test a viewer of its own."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.orchestrator.store.conformance import NOW, post, unit
from tests.support.app import App, identity_settings, open_app
from tests.support.problems import check_problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIGNALS = ("visual", "text", "engagement", "recency", "diversity")
POSTS = 12
TTL_S = 3600


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    """Twelve posts of six authors, ever older and ever farther from the first one's vectors."""
    folder = tmp_path_factory.mktemp("app")
    async with open_app(folder, identity_settings(folder)) as opened:
        await opened.store.put_posts(
            [
                post(
                    f"m{number:02}",
                    author_id=f"author-{number % 6}",
                    content_type=("meme", "aesthetic")[number % 2],
                    likes=10 * number,
                    comments=number,
                    created_at=NOW - timedelta(hours=number),
                    content_hash=None,
                    perceptual_hash=None,
                    visual=None if number == 3 else unit(1, number / 4, 0, 0),
                    text=unit(1, number / 3, 0),
                )
                for number in range(POSTS)
            ]
        )
        yield opened


def kind_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:feedlens:problem:")


async def like(app: App, user_id: str, *media_ids: str) -> None:
    events = [
        {
            "event_id": f"{user_id}-likes-{media_id}",
            "user_id": user_id,
            "media_id": media_id,
            "kind": "like",
            "at": app.clock().isoformat(),
        }
        for media_id in media_ids
    ]
    assert (await app.post("/v1/events", events=events)).status_code == 201


async def page_of(app: App, **body: Any) -> dict[str, Any]:
    answer = await app.post("/v1/feed", **body)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


@pytest.mark.parametrize(
    ("weights", "detail"),
    [
        ('{"visual": -0.1}', "weights: weight 'visual' must be a finite number ≥ 0, not -0.1"),
        ('{"text": NaN}', "weights: weight 'text' must be a finite number ≥ 0, not nan"),
        ('{"text": Infinity}', "weights: weight 'text' must be a finite number ≥ 0, not inf"),
        ('{"text": 1e400}', "weights: weight 'text' must be a finite number ≥ 0, not inf"),
        ('{"sound": 1}', "weights: unknown signal 'sound'; known are visual, text, engagement"),
        ('{"visual": 1e308}', "weights: weight 'visual' must be at most 1e+06"),
        (
            '{"visual": 0, "text": 0, "engagement": 0, "recency": 0, "diversity": 0}',
            "weights: at least one weight must be above 0",
        ),
        ('{"visual": "much"}', "body.weights.visual: Input should be a valid number"),
        ('{"visual": null}', "body.weights.visual: Input should be a valid number"),
        ("[0.3, 0.7]", "body.weights: Input should be a valid dict"),
        (f'{{"text": 1{"0" * 400}}}', "weights"),
    ],
)
async def test_weights_that_are_none(app: App, weights: str, detail: str) -> None:
    body = f'{{"user_id": "u", "weights": {weights}}}'
    answer = await app.http.post(
        "/v1/feed", content=body.encode(), headers={"content-type": "application/json"}
    )
    check_problem(answer, 422, detail)
    assert kind_of(answer) == "invalid-request"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "body.user_id: Field required"),
        ({"user_id": ""}, "body.user_id: String should have at least 1 character"),
        ({"user_id": " "}, "body.user_id: Value error, must not be blank"),
        ({"user_id": "u" * 257}, "body.user_id: String should have at most 256 characters"),
        ({"user_id": "a\x00b"}, "body.user_id: Value error, must not hold control characters"),
        ({"user_id": 7}, "body.user_id: Input should be a valid string"),
        ({"user_id": "u", "limit": 0}, "body.limit: Input should be greater than or equal to 1"),
        ({"user_id": "u", "limit": 101}, "body.limit: Input should be less than or equal to 100"),
        ({"user_id": "u", "limit": -5}, "body.limit: Input should be greater than or equal to 1"),
        ({"user_id": "u", "limit": "x"}, "body.limit: Input should be a valid integer"),
        ({"user_id": "u", "limit": 2.5}, "body.limit: Input should be a valid integer"),
        ({"user_id": "u", "cursor": 7}, "body.cursor: Input should be a valid string"),
        ({"user_id": "u", "page": 2}, "body.page: Extra inputs are not permitted"),
        ({"user_id": "u", "weight": {}}, "body.weight: Extra inputs are not permitted"),
        ([], "body: Input should be a valid dictionary"),
        ("u", "body: Input should be a valid dictionary"),
    ],
)
async def test_a_request_that_is_none(app: App, body: object, detail: str) -> None:
    answer = await app.http.post("/v1/feed", json=body)
    check_problem(answer, 422, detail)
    assert kind_of(answer) == "invalid-request"


async def test_what_explain_may_be(app: App) -> None:
    answer = await app.http.post("/v1/feed?explain=perhaps", json={"user_id": "u"})
    check_problem(answer, 422, "query.explain: Input should be a valid boolean")


@pytest.mark.parametrize(
    "cursor", ["", "garbage", "A" * 90, "A" * 10_000, "ünïcode", "\x00", "….…", "=" * 88]
)
async def test_a_cursor_that_is_garbage(app: App, cursor: str) -> None:
    answer = await app.post("/v1/feed", user_id="garbled", cursor=cursor)
    check_problem(answer, 422, "the cursor is none that this service gave out")
    assert kind_of(answer) == "invalid-cursor"


async def test_a_cursor_that_was_tampered_with(app: App) -> None:
    cursor = (await page_of(app, user_id="tampered", limit=3))["cursor"]
    for place in (0, 30, len(cursor) - 3):
        other = "A" if cursor[place] != "A" else "B"
        forged = cursor[:place] + other + cursor[place + 1 :]
        answer = await app.post("/v1/feed", user_id="tampered", cursor=forged)
        check_problem(answer, 422, "the cursor is none that this service gave out")


async def test_a_cursor_of_another_viewer(app: App) -> None:
    cursor = (await page_of(app, user_id="owner", limit=3))["cursor"]
    answer = await app.post("/v1/feed", user_id="thief", cursor=cursor)
    check_problem(answer, 403, "the cursor belongs to another viewer")
    assert kind_of(answer) == "foreign-cursor"


async def test_a_cursor_is_good_for_an_hour(app: App) -> None:
    first = await page_of(app, user_id="slow", limit=3)
    app.clock.pass_by(seconds=TTL_S - 1)
    await page_of(app, user_id="slow", cursor=first["cursor"])
    app.clock.pass_by(seconds=1)
    answer = await app.post("/v1/feed", user_id="slow", cursor=first["cursor"])
    check_problem(answer, 410, "the cursor has expired; ask for the feed again without a cursor")
    assert kind_of(answer) == "cursor-expired"


async def test_a_cursor_takes_no_weights(app: App) -> None:
    cursor = (await page_of(app, user_id="weighty", limit=3))["cursor"]
    for weights in ({"visual": 1.0}, {}):
        answer = await app.post("/v1/feed", user_id="weighty", cursor=cursor, weights=weights)
        check_problem(
            answer, 422, "weights, preview and variant are for the first page of a session"
        )


async def test_a_cursor_takes_no_preview(app: App) -> None:
    cursor = (await page_of(app, user_id="previewed", limit=3))["cursor"]
    answer = await app.post("/v1/feed", user_id="previewed", cursor=cursor, preview=True)
    check_problem(answer, 422, "variant are for the first page of a session")


async def test_a_preview_is_the_first_page_that_follows(app: App) -> None:
    weights = {"recency": 0.9}
    previews = [
        await page_of(app, user_id="looker", limit=4, weights=weights, preview=True)
        for _ in range(2)
    ]
    page = await page_of(app, user_id="looker", limit=4, weights=weights)
    assert [preview["items"] for preview in previews] == [page["items"]] * 2
    assert {preview["cursor"] for preview in previews} == {None}
    assert len({each["session_id"] for each in (*previews, page)}) == 3


async def test_a_whole_feed_page_by_page(app: App) -> None:
    page = await page_of(app, user_id="reader", limit=5)
    pages = [page]
    while page["cursor"]:
        page = await page_of(app, user_id="reader", cursor=page["cursor"])
        pages.append(page)
    assert [len(page["items"]) for page in pages] == [5, 5, 2]
    assert {page["session_id"] for page in pages} == {pages[0]["session_id"]}
    assert {page["variant"] for page in pages} == {"multimodal"}
    served = [item["media_id"] for page in pages for item in page["items"]]
    assert sorted(served) == [f"m{number:02}" for number in range(POSTS)]


async def test_contributions_add_up_and_what_is_missing_is_null(app: App) -> None:
    await like(app, "liker", "m00")
    page = await page_of(app, user_id="liker")
    assert len(page["items"]) == POSTS - 1
    for item in page["items"]:
        assert tuple(item["signals"]) == SIGNALS
        assert (item["signals"]["visual"] is None) == (item["media_id"] == "m03")
        present = [signal for signal in item["signals"].values() if signal]
        for signal in present:
            assert signal["contribution"] == pytest.approx(
                signal["value"] * signal["weight"], abs=1e-12
            )
        assert sum(signal["contribution"] for signal in present) == pytest.approx(
            item["score"], abs=1e-9
        )
        assert sum(signal["weight"] for signal in present) == pytest.approx(1.0, abs=1e-9)


async def test_an_explanation_is_there_when_it_is_asked_for(app: App) -> None:
    await like(app, "curious", "m00")
    plain = await page_of(app, user_id="curious")
    assert {tuple(item) for item in plain["items"]} == {
        ("media_id", "score", "reason", "signals", "duplicates")
    }
    answer = await app.http.post("/v1/feed?explain=true", json={"user_id": "curious"})
    items = answer.json()["items"]
    assert [item["explanation"]["place"] for item in items] == list(range(len(items)))
    assert sorted(item["explanation"]["place_by_score"] for item in items) == list(
        range(len(items))
    )
    explained = {item["media_id"]: item["explanation"] for item in items}
    assert explained["m01"]["sources"] == ["visual", "text", "new", "liked", "discussed"]
    assert explained["m03"]["sources"] == ["text", "new", "liked", "discussed"]
    assert explained["m01"]["interests"] == {
        "visual": {"media_id": None, "weight": 1.0},
        "text": {"media_id": None, "weight": 1.0},
    }
    assert explained["m03"]["interests"]["visual"] is None
    assert explained["m01"]["served_before"] is True
    assert explained["m01"]["propensity"] is None


async def test_weights_of_the_request_are_those_of_its_session(app: App) -> None:
    weights = {"visual": 0, "text": 0, "engagement": 3, "recency": 1, "diversity": 0}
    page = await page_of(app, user_id="weigher", limit=2, weights=weights)
    following = await page_of(app, user_id="weigher", cursor=page["cursor"], limit=2)
    for item in [*page["items"], *following["items"]]:
        signals = item["signals"]
        assert (signals["engagement"]["weight"], signals["recency"]["weight"]) == (0.75, 0.25)
        assert item["score"] == pytest.approx(
            0.75 * signals["engagement"]["value"] + 0.25 * signals["recency"]["value"], abs=1e-9
        )


async def test_ids_of_viewers_are_any_text(app: App) -> None:
    for user_id in ("π/ü ☃", "../../etc/passwd", "u" * 256, "'; DROP TABLE sessions; --"):
        first = await page_of(app, user_id=user_id, limit=5)
        second = await page_of(app, user_id=user_id, cursor=first["cursor"])
        assert len({item["media_id"] for page in (first, second) for item in page["items"]}) == 10
