from datetime import timedelta

import pytest

from orchestrator.feed.candidates import Candidate
from orchestrator.feed.entries import Entry, make_entries
from orchestrator.feed.prepared import Preparation, as_post
from orchestrator.store.records import StoredPost
from ranking.duplicates import DuplicateParameters
from tests.orchestrator.store import conformance
from tests.orchestrator.store.conformance import NOW, unit

HASH = "c3d2e1f000112233"
# Six bits differ, and seven.
NEAR, FAR = "c3d2e1f00011225c", "c3d2e1f00011224c"


def post(media_id: str, **changes: object) -> StoredPost:
    plain = {"content_hash": f"sha256:{media_id}", "perceptual_hash": None}
    return conformance.post(media_id, **{**plain, **changes})


def entries_of(
    *posts: StoredPost,
    seen: tuple[StoredPost, ...] = (),
    served: tuple[StoredPost, ...] = (),
    served_ids: tuple[str, ...] = (),
) -> list[Entry]:
    return make_entries(
        [Candidate(each, 1 << place) for place, each in enumerate(posts)],
        seen={each.media_id: each for each in seen},
        served={each.media_id: each for each in served},
        served_ids=frozenset(served_ids),
        parameters=DuplicateParameters(),
        preparation=Preparation(100),
    )


def test_posts_that_are_no_copies_stand_alone_by_id() -> None:
    b, a = post("b"), post("a")
    assert entries_of(b, a) == [Entry(as_post(a), 0b10), Entry(as_post(b), 0b01)]
    assert entries_of() == []


def test_copies_stand_as_one_that_names_the_others() -> None:
    copies = [post(name, content_hash="sha256:same") for name in "acdb"]
    (entry,) = entries_of(*copies)
    assert (entry.post.media_id, entry.duplicates) == ("a", ("b", "c", "d"))
    assert entry.sources == 0b1111


@pytest.mark.parametrize(
    ("changes", "stands"),
    [
        ({"b": {"likes": 9}}, "b"),
        # Likes and comments count alike: 3 + 1 against 2 + 3.
        ({"b": {"likes": 2, "comments": 3}}, "b"),
        ({"b": {"created_at": NOW - timedelta(hours=1)}}, "b"),
        ({"a": {"likes": 4}, "b": {"created_at": NOW - timedelta(hours=1)}}, "a"),
        ({}, "a"),
    ],
)
def test_the_copy_that_most_answered_stands_then_the_oldest(
    changes: dict[str, dict[str, object]], stands: str
) -> None:
    copies = [post(name, content_hash="sha256:1", **changes.get(name, {})) for name in "ab"]
    (entry,) = entries_of(*copies)
    assert entry.post.media_id == stands


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"perceptual_hash": NEAR}, 1),
        ({"perceptual_hash": FAR}, 2),
        ({"perceptual_hash": HASH, "ocr_text": "WOOF"}, 2),
        ({"perceptual_hash": HASH, "ocr_text": "meow!"}, 1),
        ({"perceptual_hash": HASH, "visual": unit(1, 1, 0, 0)}, 2),
        ({"perceptual_hash": HASH, "visual": unit(1, 0.3, 0, 0)}, 1),
        ({"perceptual_hash": HASH, "visual": None}, 2),
        ({"perceptual_hash": HASH, "text": unit(0, 1, 0)}, 1),
    ],
)
def test_near_copies_agree_in_hash_vector_and_text(changes: dict[str, object], count: int) -> None:
    entries = entries_of(post("a", perceptual_hash=HASH), post("b", **changes))
    assert len(entries) == count


def test_posts_without_a_hash_are_nobodys_copies() -> None:
    one, other = (post(name, content_hash=None) for name in "ab")
    assert len(entries_of(one, other, seen=(post("c", content_hash=None),))) == 2


def test_content_that_was_seen_is_left_out() -> None:
    seen = post("seen", content_hash="sha256:a")
    near = post("near", perceptual_hash=HASH)
    left = entries_of(post("a"), post("b"), post("c", perceptual_hash=NEAR), seen=(seen, near))
    assert [entry.post.media_id for entry in left] == ["b"]


def test_one_copy_that_was_seen_takes_all_of_its_kind_along() -> None:
    """`b` is a copy of what was seen; `a` and `c` are only copies of `b`."""
    a = post("a", content_hash="sha256:1", perceptual_hash=HASH)
    b = post("b", content_hash="sha256:2", perceptual_hash=HASH)
    c = post("c", content_hash="sha256:1")
    assert entries_of(a, b, c, seen=(post("seen", content_hash="sha256:2"),)) == []


def test_content_that_was_served_is_known() -> None:
    served = post("gone", content_hash="sha256:a")
    entries = entries_of(post("a"), post("b"), post("c"), served=(served,), served_ids=("c",))
    assert {entry.post.media_id: entry.is_known for entry in entries} == {
        "a": True, "b": False, "c": True,
    }  # fmt: skip


def test_a_group_is_known_by_any_of_its_members() -> None:
    copies = [post(name, content_hash="sha256:1", likes=n) for n, name in enumerate("ab")]
    (entry,) = entries_of(*copies, served_ids=("a",))
    assert (entry.post.media_id, entry.is_known) == ("b", True)
