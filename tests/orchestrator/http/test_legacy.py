"""The app beside the old system: its collection read and written over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from orchestrator.legacy.parameters import LegacyParameters
from orchestrator.legacy.side import LegacySide
from tests.orchestrator.store.conformance import NOW, unit
from tests.support.app import App, identity_settings, open_app
from tests.support.fake_models import LEGACY_FINGERPRINT, FakeModels
from tests.support.old_collection import EAST, OldCollection, old_post, open_old_collection
from tests.support.problems import check_problem
from tests.support.uploads import plain

MADE = [0, 0, 0, 0.6, 0.8]
"""What the made model sees in every picture."""


@dataclass(frozen=True)
class Beside:
    """The app, the old collection and the models."""

    app: App
    old: OldCollection
    models: FakeModels

    async def publish(self, media_id: str = "m1", **form: Any) -> httpx.Response:
        fields = {"media_id": media_id, "author_id": "ann", "caption": "A cat", **form}
        return await self.app.http.post("/v1/media", data=fields, files={"file": plain()})

    async def like(self, user_id: str, *media_ids: str) -> httpx.Response:
        at = self.app.clock().isoformat()
        events = [
            {"event_id": f"{user_id}:{m}", "user_id": user_id, "media_id": m, "kind": "like"}
            for m in media_ids
        ]
        return await self.app.post("/v1/events", events=[{**each, "at": at} for each in events])


@asynccontextmanager
async def open_beside(
    folder: Path, *, read: bool = True, write: bool = True
) -> AsyncIterator[Beside]:
    models = FakeModels()
    async with open_old_collection(folder) as old:
        parameters = LegacyParameters(read, write, timeout_s=60, write_timeout_s=60)
        side = LegacySide(old, models, LEGACY_FINGERPRINT, parameters)
        settings = identity_settings(folder, store_path=folder)
        async with open_app(folder, settings, models=models, legacy=side) as app:
            yield Beside(app, old, models)


@pytest.fixture
async def beside(tmp_path: Path) -> AsyncIterator[Beside]:
    async with open_beside(tmp_path) as opened:
        yield opened


async def test_an_upload_is_in_both_collections(beside: Beside) -> None:
    answer = await beside.publish(
        created_at=NOW.isoformat(), likes=3, media_url="https://cdn.example/1.jpg"
    )
    assert (answer.status_code, answer.json()["degraded"]) == (201, [])
    (old,) = (await beside.old.get(["m1"], with_vectors=True)).values()
    assert (old.author_id, old.caption, old.created_at) == ("ann", "A cat", NOW)
    assert (old.likes, old.comments, old.media_url) == (3, 0, "https://cdn.example/1.jpg")
    assert old.vector == pytest.approx(MADE)
    beside.models.calls.clear()
    again = await beside.publish(created_at=NOW.isoformat())
    assert (again.status_code, await beside.old.count()) == (200, 1)
    assert beside.models.calls == []


@pytest.mark.parametrize("write", [True, False])
async def test_a_post_that_is_not_migrated_is_its_authors(tmp_path: Path, write: bool) -> None:
    async with open_beside(tmp_path, write=write) as beside:
        await beside.old.put([old_post("m1"), old_post("nobody's", author_id=None)])
        before = await beside.old.get(["m1"])
        vectors = {"visual": [1, 0, 0, 0], "fingerprints": {"visual": "clip@1"}}
        for answer in (
            await beside.publish(author_id="mallory"),
            await beside.app.http.post(
                "/v1/media", data={"media_id": "m1", "author_id": "mallory", "caption": "Mine"}
            ),
            await beside.app.http.put(
                "/v1/media/m1/vectors", json={**vectors, "author_id": "mallory"}
            ),
        ):
            check_problem(answer, 409, "another author_id")
        assert await beside.old.get(["m1"]) == before
        assert (await beside.app.http.get("/v1/media/m1")).status_code == 404
        for media_id in ("m1", "nobody's"):
            assert (await beside.publish(media_id)).status_code == 201


async def test_while_the_old_one_is_away_nobodys_old_post_is_replaced(beside: Beside) -> None:
    await beside.old.put([old_post("m1")])
    beside.old.is_away = True
    answer = await beside.publish(author_id="mallory")
    assert (answer.status_code, answer.json()["degraded"]) == (201, ["legacy"])
    beside.old.is_away = False
    check_problem(await beside.publish(author_id="mallory"), 409, "another author_id")
    assert (await beside.app.http.patch("/v1/media/m1", json={"likes": 9})).status_code == 200
    old = (await beside.old.get(["m1"]))["m1"]
    assert (old.author_id, old.likes) == ("ann", 3)


async def test_changes_are_in_both_collections(beside: Beside) -> None:
    await beside.publish(likes=3, media_url="1.jpg")
    changes = {"likes": 9, "comments": 4, "created_at": "2026-01-02T00:00:00Z"}
    answer = await beside.app.http.patch("/v1/media/m1", json=changes)
    assert (answer.status_code, answer.json()["degraded"]) == (200, [])
    (old,) = (await beside.old.get(["m1"], with_vectors=True)).values()
    assert (old.likes, old.comments, old.media_url) == (9, 4, "1.jpg")
    assert old.created_at == datetime(2026, 1, 2, tzinfo=timezone.utc)
    assert old.vector == pytest.approx(MADE)
    body = {"caption": "A dog", "media_url": None}
    assert (await beside.app.http.patch("/v1/media/m1", json=body)).status_code == 200
    old = (await beside.old.get(["m1"]))["m1"]
    assert (old.caption, old.media_url, old.likes) == ("A dog", None, 9)


async def test_a_change_while_the_old_one_is_away_is_repaired(beside: Beside) -> None:
    await beside.publish(likes=3)
    beside.old.is_away = True
    answer = await beside.app.http.patch("/v1/media/m1", json={"likes": 9, "caption": "A dog"})
    assert (answer.status_code, answer.json()["degraded"]) == (200, ["legacy"])
    stored = (await beside.app.http.get("/v1/media/m1")).json()
    assert (stored["likes"], stored["degraded"]) == (9, ["legacy"])
    beside.old.is_away = False
    healed = await beside.publish(caption="A dog")
    assert (healed.status_code, healed.json()["degraded"]) == (200, [])
    old = (await beside.old.get(["m1"]))["m1"]
    assert (old.likes, old.caption) == (9, "A dog")


async def test_what_has_no_place_in_the_old_one_is_changed_in_the_new_one(beside: Beside) -> None:
    fields = {"media_id": "m1", "author_id": "ann", "caption": "A cat"}
    assert (await beside.app.http.post("/v1/media", data=fields)).status_code == 201
    beside.old.is_away = True
    answer = await beside.app.http.patch("/v1/media/m1", json={"likes": 9})
    assert (answer.status_code, answer.json()["degraded"]) == (200, [])


async def test_without_the_setting_changes_are_in_the_new_one_alone(tmp_path: Path) -> None:
    async with open_beside(tmp_path, write=False) as beside:
        await beside.old.put([old_post("m1")])
        await beside.publish()
        await beside.app.http.patch("/v1/media/m1", json={"likes": 9})
        assert (await beside.old.get(["m1"]))["m1"].likes == 3


async def test_ids_of_many_digits(beside: Beside) -> None:
    media_id = str(2**63)
    assert (await beside.app.http.delete(f"/v1/media/{media_id}")).status_code == 404
    assert (await beside.publish(media_id)).json()["degraded"] == []
    assert (await beside.like("u1", media_id)).status_code == 201
    for variant in ("legacy", "multimodal"):
        answer = await beside.app.post("/v1/feed", user_id="u2", variant=variant)
        assert [each["media_id"] for each in answer.json()["items"]] == [media_id]
    assert (await beside.app.http.delete(f"/v1/media/{media_id}")).status_code == 204


async def test_a_text_has_no_place_in_the_old_one(beside: Beside) -> None:
    fields = {"media_id": "m1", "author_id": "ann", "caption": "A cat"}
    answer = await beside.app.http.post("/v1/media", data=fields)
    assert (answer.status_code, answer.json()["degraded"]) == (201, [])
    assert await beside.old.count() == 0


async def test_without_the_setting_only_the_new_one_is_written(tmp_path: Path) -> None:
    async with open_beside(tmp_path, write=False) as beside:
        assert (await beside.publish()).json()["degraded"] == []
        assert await beside.old.count() == 0
        assert "embed_legacy" not in beside.models.calls


async def test_deleting_deletes_both(beside: Beside) -> None:
    await beside.publish()
    await beside.old.put([old_post("unmigrated")])
    for media_id in ("m1", "unmigrated"):
        assert (await beside.app.http.delete(f"/v1/media/{media_id}")).status_code == 204
        assert (await beside.app.http.delete(f"/v1/media/{media_id}")).status_code == 404
    assert (await beside.old.count(), await beside.app.store.count_posts()) == (0, 0)


async def test_while_the_old_one_is_away_nothing_is_deleted(beside: Beside) -> None:
    await beside.publish()
    beside.old.is_away = True
    assert (await beside.app.http.delete("/v1/media/m1")).status_code == 503
    assert await beside.app.store.count_posts() == 1
    beside.old.is_away = False
    assert (await beside.app.http.delete("/v1/media/m1")).status_code == 204


async def test_a_post_that_is_not_migrated_says_so(beside: Beside) -> None:
    await beside.old.put([old_post("o1")])
    for answer in (
        await beside.app.http.get("/v1/media/o1"),
        await beside.app.http.patch("/v1/media/o1", json={"likes": 4}),
        await beside.app.http.patch("/v1/media/o1", json={"caption": "A dog"}),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"] == (
            "the post with media_id 'o1' is in the legacy collection alone: it is not migrated "
            "yet; migrate it, or upload it by POST /v1/media, and ask again"
        )
    unknown = await beside.app.http.get("/v1/media/unknown")
    assert unknown.json()["detail"] == "no post has media_id 'unknown'"


async def test_viewers_can_answer_posts_that_are_not_migrated(beside: Beside) -> None:
    await beside.old.put([old_post("o1"), old_post("o2", author_id=None)])
    assert (await beside.like("u1", "o1", "o2")).status_code == 201
    events = await beside.app.store.events_of("u1", limit=5)
    assert {event.media_id: event.author_id for event in events} == {"o1": "ann", "o2": None}
    missing = await beside.like("u2", "o1", "nowhere")
    assert (missing.status_code, missing.json()["media_ids"]) == (404, ["nowhere"])


async def test_feeds_show_them_and_rank_them(beside: Beside) -> None:
    await beside.old.put([old_post("liked", EAST), old_post("near", unit(4, 3, 0, 0, 0))])
    await beside.like("u1", "liked")
    answer = await beside.app.post("/v1/feed", user_id="u1")
    (item,) = answer.json()["items"]
    assert (item["media_id"], answer.json()["variant"]) == ("near", "multimodal")
    assert item["signals"]["visual"]["raw"] == pytest.approx(0.8)
    assert item["signals"]["text"] is None
    listed = await beside.app.post(
        "/v1/rank", user_id="u1", posts=[{"media_id": "near", "likes": 900}, {"media_id": "no"}]
    )
    (ranked,) = listed.json()["items"]
    assert ranked["signals"]["engagement"]["raw"] == 902
    assert ranked["signals"]["visual"]["raw"] == pytest.approx(0.8)
    assert listed.json()["unknown_posts"] == ["no"]


async def test_the_old_ranking_can_be_asked_for(beside: Beside) -> None:
    await beside.old.put(
        [
            old_post("liked", EAST),
            old_post("far", unit(3, 4, 0, 0, 0), NOW),
            old_post("near", unit(4, 3, 0, 0, 0), NOW - timedelta(days=9)),
        ]
    )
    await beside.like("u1", "liked")
    answer = await beside.app.post("/v1/feed", user_id="u1", variant="legacy", limit=1)
    page = answer.json()
    (item,) = page["items"]
    assert (item["media_id"], page["variant"]) == ("near", "legacy")
    assert item["score"] == item["signals"]["visual"]["contribution"] == pytest.approx(0.8)
    following = await beside.app.post("/v1/feed", user_id="u1", cursor=page["cursor"])
    assert [each["media_id"] for each in following.json()["items"]] == ["far"]
    assert following.json()["variant"] == "legacy"


async def test_health_tells_of_the_old_system(beside: Beside) -> None:
    health = (await beside.app.http.get("/health")).json()["legacy"]
    assert health == {"read": True, "write": True, "fingerprint": "vit@1", "store": "ok"}


async def test_without_it_health_says_null(tmp_path: Path) -> None:
    async with open_app(tmp_path) as app:
        assert (await app.http.get("/health")).json()["legacy"] is None
        answer = await app.post("/v1/feed", user_id="u1", variant="legacy")
        assert answer.status_code == 422
