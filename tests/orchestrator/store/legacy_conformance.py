"""What a `LegacyStore` must do over any engine; a test class inherits it and yields `old`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from orchestrator.errors import InvalidRequest
from orchestrator.store.collection import Collection, Point
from orchestrator.store.legacy.points import UNNAMED
from orchestrator.store.legacy.posts import LegacyPosts
from orchestrator.store.payloads import point_id
from orchestrator.store.protocol import LegacyChange
from orchestrator.store.records import BrokenPoint, LegacyPost, Vector
from tests.orchestrator.store.conformance import unit

DIMENSION = 5
NOON = datetime(2024, 5, 6, 12, 0, tzinfo=timezone.utc)
EAST, NORTH = unit(1, 0, 0, 0, 0), unit(0, 1, 0, 0, 0)
_UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@dataclass
class Old:
    """The collection, and the store over it."""

    collection: Collection
    legacy: LegacyPosts

    async def write(self, point: str, vector: Vector = EAST, /, **payload: Any) -> None:
        """A point as the old system writes it."""
        await self.collection.put([Point(point, payload, {UNNAMED: vector})])

    async def payloads(self) -> dict[str, dict[str, Any]]:
        """All payloads by point id."""
        points, _ = await self.collection.scan(None, limit=100)
        return {point.id: dict(point.payload) for point in points}


def legacy_post(media_id: str, vector: Vector | None = EAST, **changes: object) -> LegacyPost:
    whole = LegacyPost("", media_id, "ann", f"{media_id}.jpg", "A cat", NOON, 3, 1, vector)
    return replace(whole, **changes)  # type: ignore[arg-type]


async def scanned(
    legacy: LegacyPosts, *, limit: int = 100, with_vectors: bool = False
) -> list[LegacyPost | BrokenPoint]:
    found: list[LegacyPost | BrokenPoint] = []
    after: str | None = None
    while True:
        page, after = await legacy.scan(after, limit=limit, with_vectors=with_vectors)
        assert len(page) <= limit
        found += page
        if after is None:
            return found


def names(found: Sequence[LegacyPost | BrokenPoint]) -> list[str]:
    return sorted(post.media_id for post in found if isinstance(post, LegacyPost))


class LegacyConformance:
    """The suite."""

    async def test_a_post_comes_back_as_it_was_written(self, old: Old) -> None:
        await old.legacy.put([legacy_post("m1", unit(3, 4, 0, 0, 0))])
        (read,) = (await old.legacy.get(["m1", "unknown"], with_vectors=True)).values()
        assert read.vector == pytest.approx([0.6, 0.8, 0, 0, 0])
        assert replace(read, vector=None) == legacy_post("m1", None, point_id=point_id("m1"))
        assert (await old.legacy.get(["m1"]))["m1"].vector is None
        assert await old.payloads() == {
            point_id("m1"): {
                "mediaId": "m1", "userId": "ann", "url": "m1.jpg", "caption": "A cat",
                "createdAt": "2024-05-06T12:00:00+00:00", "likes": 3, "comments": 1,
            }
        }  # fmt: skip

    @pytest.mark.parametrize(("id_", "key"), [("7", "media_id"), (_UUID, "id"), ("7", "mediaId")])
    async def test_what_the_old_system_wrote_is_found(self, old: Old, id_: str, key: str) -> None:
        await old.write(id_, **{key: "m1", "user_id": "bob", "path": "a.jpg"})
        post = (await old.legacy.get(["m1"]))["m1"]
        assert post == LegacyPost(id_, "m1", "bob", "a.jpg", None, None, 0, 0)

    async def test_a_media_id_may_be_a_number(self, old: Old) -> None:
        await old.write("1", mediaId=17)
        await old.write("2", mediaId=4)
        assert (await old.legacy.get(["17", "017"])).keys() == {"17"}

    @pytest.mark.parametrize("number", [2**63 - 1, 2**63, 2**64, 10**25, 10**255])
    async def test_an_id_may_be_of_more_digits_than_a_number(self, old: Old, number: int) -> None:
        name = str(number)
        assert await old.legacy.get([name, "m1"]) == {}
        await old.legacy.put([legacy_post(name)])
        assert (await old.legacy.get([name])).keys() == {name}
        assert await old.legacy.delete(name) is True
        assert await old.legacy.delete(name) is False

    async def test_the_greatest_number_is_an_id(self, old: Old) -> None:
        await old.write("1", mediaId=2**63 - 1)
        assert (await old.legacy.get([str(2**63 - 1)])).keys() == {str(2**63 - 1)}

    async def test_a_write_leaves_one_of_several_points(self, old: Old) -> None:
        for number in (1, 2, 3):
            await old.write(str(number), media_id="m1", tag=number)
        await old.write("4", media_id="m2")
        await old.legacy.put([legacy_post("m1", NORTH)])
        payloads = await old.payloads()
        assert {id_: payload.get("tag") for id_, payload in payloads.items()} == {"1": 1, "4": None}
        assert [each.media_id for each in await old.legacy.nearest(EAST, limit=2)] == ["m2", "m1"]

    async def test_owners_are_of_all_points_even_those_that_are_no_post(self, old: Old) -> None:
        assert await old.legacy.owners("m1") == {}
        await old.write("1", media_id="m1", author="ann", created_at="yesterday")
        await old.write("2", media_id="m1", userId=42)
        await old.write("3", media_id="m1")
        await old.write("4", media_id="m2", author=["no id"])
        assert await old.legacy.owners("m1") == {"1": "ann", "2": "42", "3": None}
        assert await old.legacy.owners("m2") == {"4": None}

    async def test_changes_come_under_the_keys_that_are_there(self, old: Old) -> None:
        before = {"media_id": "m1", "tags": ["cat"], "likeCount": 9, "text": "A", "caption": "B"}
        await old.write("7", NORTH, **before)
        changes: dict[LegacyChange, object] = {
            "likes": 4, "caption": None, "comments": 2, "created_at": NOON,
        }  # fmt: skip
        assert await old.legacy.change("m1", changes) is True
        ((point, payload),) = (await old.payloads()).items()
        # Some engines keep a null, some take the field away.
        assert {name: value for name, value in payload.items() if value is not None} == {
            "media_id": "m1", "tags": ["cat"], "likeCount": 4, "comments": 2,
            "createdAt": "2024-05-06T12:00:00+00:00",
        }  # fmt: skip
        assert point == "7"
        (post,) = (await old.legacy.get(["m1"], with_vectors=True)).values()
        assert post.vector == pytest.approx(NORTH)
        assert (post.caption, post.created_at) == (None, NOON)
        assert await old.legacy.change("m1", changes) is True
        assert await old.legacy.change("m2", changes) is False

    async def test_a_post_of_the_old_system_is_replaced_in_its_place(self, old: Old) -> None:
        await old.write("7", media_id="m1", author="bob", tags=["cat"], likes=9)
        await old.legacy.put([legacy_post("m1", NORTH, author_id=None, caption=None)])
        assert await old.payloads() == {
            "7": {
                "media_id": "m1", "author": "bob", "tags": ["cat"], "likes": 3, "comments": 1,
                "url": "m1.jpg", "createdAt": "2024-05-06T12:00:00+00:00",
            }
        }  # fmt: skip
        (found,) = await old.legacy.nearest(NORTH, limit=5)
        assert found.media_id == "m1"
        assert found.cosine == pytest.approx(1.0)

    async def test_twice_is_once(self, old: Old) -> None:
        for _ in range(2):
            await old.legacy.put([legacy_post("m1"), legacy_post("m2")])
        assert await old.legacy.count() == 2

    async def test_delete(self, old: Old) -> None:
        await old.legacy.put([legacy_post("m1"), legacy_post("m2")])
        await old.write("7", media_id="m1")
        await old.write("8", media_id="m3")
        assert await old.legacy.delete("m1") is True
        assert await old.legacy.delete("m1") is False
        assert await old.legacy.delete("m3") is True
        assert names(await scanned(old.legacy)) == ["m2"]

    async def test_a_point_that_was_moved_is_found_again(self, old: Old) -> None:
        await old.write("7", media_id="m1")
        assert (await old.legacy.get(["m1"]))["m1"].point_id == "7"
        await old.write("7", media_id="m2")
        await old.write("9", media_id="m1")
        assert (await old.legacy.get(["m1"]))["m1"].point_id == "9"

    async def test_nearest(self, old: Old) -> None:
        await old.legacy.put([legacy_post("near", EAST), legacy_post("far", unit(3, 4, 0, 0, 0))])
        await old.write("7", unit(4, 3, 0, 0, 0), media_id="between")
        found = await old.legacy.nearest(EAST, limit=2)
        assert [each.media_id for each in found] == ["near", "between"]
        assert [each.cosine for each in found] == pytest.approx([1.0, 0.8], abs=1e-6)

    async def test_what_is_no_post_crowds_out_none(self, old: Old) -> None:
        for number in range(8):
            await old.write(str(number), EAST, other=number)
        for number in range(8, 12):
            await old.write(str(number), EAST, media_id="twice")
        await old.legacy.put([legacy_post("m1", unit(3, 4, 0, 0, 0))])
        found = await old.legacy.nearest(EAST, limit=2)
        assert [each.media_id for each in found] == ["twice", "m1"]

    async def test_newest(self, old: Old) -> None:
        for day in range(5):
            created_at = (NOON + timedelta(days=day)).isoformat()
            await old.write(str(day), mediaId=f"d{day}", createdAt=created_at)
        assert await old.legacy.newest(limit=3) == ["d4", "d3", "d2"]
        assert await old.legacy.newest(limit=9) == ["d4", "d3", "d2", "d1", "d0"]

    async def test_the_newest_are_found_however_they_are_dated(self, old: Old) -> None:
        await old.write("1", mediaId="none")
        await old.write("2", mediaId="number", createdAt=int(NOON.timestamp() * 1000))
        later = NOON + timedelta(days=1)
        await old.write("3", mediaId="other key", timestamp=later.isoformat())
        await old.write("4", mediaId="iso", createdAt=(NOON + timedelta(days=2)).isoformat())
        await old.write("5", other="no post", createdAt="2030-01-01T00:00:00Z")
        assert await old.legacy.newest(limit=9) == ["iso", "other key", "number", "none"]
        assert await old.legacy.newest(limit=2) == ["iso", "other key"]
        await old.legacy.put([legacy_post("upload", created_at=later)])
        assert await old.legacy.newest(limit=3) == ["iso", "upload", "other key"]
        await old.legacy.delete("upload")
        assert await old.legacy.newest(limit=2) == ["iso", "other key"]

    async def test_a_scan_meets_every_point_once(self, old: Old) -> None:
        await old.legacy.put([legacy_post(f"m{number}") for number in range(7)])
        await old.write("7", media_id="old")
        assert names(await scanned(old.legacy, limit=3)) == sorted(
            ["old", *(f"m{number}" for number in range(7))]
        )

    async def test_a_scan_names_what_is_wrong_with_a_point(self, old: Old) -> None:
        await old.write("1", media_id="m1")
        await old.write("2", other=True)
        await old.write("3", media_id="m3", created_at="yesterday")
        await old.collection.put([Point("4", {"media_id": "m4"})])
        found = await scanned(old.legacy, with_vectors=True)
        assert names(found) == ["m1"]
        broken = {post.point_id: post.reason for post in found if isinstance(post, BrokenPoint)}
        assert broken == {
            "2": "its payload has no media id: none of mediaId, media_id, id",
            "3": "its created_at (created_at) can't be read: 'yesterday' is no date of ISO 8601",
            "4": "it has no vector",
        }
        assert (await old.legacy.get(["m3", "m4"], with_vectors=True)) == {}

    @pytest.mark.parametrize(
        ("vector", "reason"),
        [
            (unit(1, 0, 0), r"has shape \[3\], the collection's have \[5\]"),
            (None, "has shape None"),
            (2 * EAST, "not of unit norm"),
        ],
    )
    async def test_other_vectors_are_refused(
        self, old: Old, vector: Vector | None, reason: str
    ) -> None:
        with pytest.raises(InvalidRequest, match=reason):
            await old.legacy.put([legacy_post("m1"), legacy_post("m2", vector)])
        assert await old.legacy.count() == 0
