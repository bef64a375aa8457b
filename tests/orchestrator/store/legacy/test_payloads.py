from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from orchestrator.store.legacy.payloads import LegacyKeys, payload_with, post_from_payload
from orchestrator.store.records import LegacyPost

KEYS = LegacyKeys()
NOON = datetime(2024, 5, 6, 12, 0, tzinfo=timezone.utc)


def read(**payload: Any) -> LegacyPost:
    return post_from_payload("7", {"mediaId": "m1", **payload}, KEYS)


def test_the_guesses_read_what_a_node_backend_writes() -> None:
    assert read(
        userId="ann", url="https://cdn/1.jpg", caption="A cat",
        createdAt="2024-05-06T12:00:00.000Z", likes=3, comments=1, other=True,
    ) == LegacyPost("7", "m1", "ann", "https://cdn/1.jpg", "A cat", NOON, 3, 1)  # fmt: skip


def test_and_what_a_python_one_does() -> None:
    payload = {
        "media_id": 17, "user_id": 4, "file_path": "a/1.jpg", "description": "A cat",
        "timestamp": NOON.timestamp(), "like_count": "3", "comment_count": 1.0,
    }  # fmt: skip
    assert post_from_payload("7", payload, KEYS) == LegacyPost(
        "7", "17", "4", "a/1.jpg", "A cat", NOON, 3, 1
    )


def test_what_is_not_said_is_none_or_zero() -> None:
    nothing = LegacyPost("7", "m1", None, None, None, None, 0, 0)
    assert read() == nothing
    assert read(userId=None, caption="", likes=None) == nothing


def test_the_first_key_that_holds_something_counts() -> None:
    assert read(userId="", user_id="bob", authorId="eve").author_id == "bob"


def test_a_dot_leads_into_an_object() -> None:
    keys = LegacyKeys(media_id=("_id.$oid",), media_url=("metadata.url", "url"))
    payload = {"_id": {"$oid": "65f0"}, "metadata": {"url": "a.jpg"}, "url": "b.jpg"}
    post = post_from_payload("7", payload, keys)
    assert (post.media_id, post.media_url) == ("65f0", "a.jpg")
    assert post_from_payload("7", {**payload, "metadata": "none"}, keys).media_url == "b.jpg"


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-06T12:00:00Z",
        "2024-05-06T12:00:00",
        "2024-05-06 12:00",
        "2024-05-06T14:00:00.000000+02:00",
        "2024-05-06T07:00:00.0-0500",
        1_714_996_800,
        1_714_996_800_000,
        "1714996800",
        "1714996800000",
        1_714_996_800.0,
    ],
)
def test_dates(written: object) -> None:
    assert read(createdAt=written).created_at == NOON


def test_a_date_without_a_time_is_its_midnight() -> None:
    midnight = datetime(2024, 5, 6, tzinfo=timezone.utc)
    assert read(createdAt="2024-05-06").created_at == midnight


def test_those_who_are_counted_may_be_listed() -> None:
    assert (read(likes=["u1", "u2"]).likes, read(comments=[]).comments) == (2, 0)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"mediaId": None}, "no media id: none of mediaId, media_id, id"),
        ({"mediaId": {"$oid": "1"}}, r"its media_id \(mediaId\) .* an object is no id"),
        ({"mediaId": True}, "True is no id"),
        ({"mediaId": " "}, "1 to 256 printable characters"),
        ({"mediaId": "x" * 257}, "1 to 256 printable characters"),
        ({"userId": ["ann"]}, "its author_id .* a list is no id"),
        ({"path": 5}, r"its media_url \(path\) .* 5 is no text"),
        ({"caption": {"en": "cat"}}, "an object is no text"),
        ({"createdAt": "yesterday"}, "'yesterday' is no date"),
        ({"createdAt": "2024-13-01"}, "month must be in"),
        ({"createdAt": "1e400"}, "is no date"),
        ({"createdAt": 10**40}, "its created_at"),
        ({"createdAt": True}, "True is no number"),
        ({"likes": -1}, "-1 is no count"),
        ({"likes": 1.5}, "1.5 is no count"),
        ({"likes": "many"}, "'many' is no number"),
        ({"comments": 10**18}, "is no count"),
    ],
)
def test_what_can_not_be_read_says_so(payload: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(**payload)


def test_a_new_payload_stands_under_the_first_keys() -> None:
    post = LegacyPost("7", "m1", "ann", None, "A cat", NOON, 3, 0)
    written = payload_with(post, {}, KEYS)
    assert written == {
        "mediaId": "m1", "userId": "ann", "caption": "A cat",
        "createdAt": "2024-05-06T12:00:00+00:00", "likes": 3, "comments": 0,
    }  # fmt: skip
    assert post_from_payload("7", written, KEYS) == post


def test_what_was_there_stays_and_keeps_its_keys() -> None:
    before = {"media_id": "m1", "author": "ann", "path": "a.jpg", "tags": ["cat"], "likes": 1}
    after = payload_with(LegacyPost("7", "m1", "ann", None, "A cat", None, 5, 0), before, KEYS)
    assert after == {**before, "likes": 5, "comments": 0, "caption": "A cat"}
    assert before["likes"] == 1


@pytest.mark.parametrize(
    ("before", "same", "later"),
    [
        (1714996800000, 1714996800000, 1715000400000),
        (1714996800, 1714996800, 1715000400),
        (1714996800.0, 1714996800.0, 1715000400.0),
        ("1714996800", "1714996800", "1715000400"),
        ("2024-05-06 12:00", "2024-05-06 12:00", "2024-05-06T13:00:00+00:00"),
        ("yesterday", "2024-05-06T12:00:00+00:00", "2024-05-06T13:00:00+00:00"),
    ],
)
def test_a_date_is_written_in_the_way_of_the_one_before(
    before: object, same: object, later: object
) -> None:
    payload = {"mediaId": "m1", "created_at": before}
    for created_at, written in ((NOON, same), (NOON + timedelta(hours=1), later)):
        post = LegacyPost("7", "m1", None, None, None, created_at, 0, 0)
        after = payload_with(post, payload, KEYS)["created_at"]
        assert (after, type(after)) == (written, type(written))


def test_a_dotted_key_is_written_into_its_object() -> None:
    keys = LegacyKeys(media_url=("metadata.url",))
    post = LegacyPost("7", "m1", None, "a.jpg", None, None, 0, 0)
    written = payload_with(post, {"mediaId": "m1", "metadata": {"size": 5}}, keys)
    assert written["metadata"] == {"size": 5, "url": "a.jpg"}


@pytest.mark.parametrize("keys", [(), ("",)])
def test_a_name_needs_a_key(keys: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="caption needs one key"):
        LegacyKeys(caption=keys)
