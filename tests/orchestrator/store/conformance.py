"""What every `Store` must do; a test class of an engine inherits it and yields `store`."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from orchestrator.errors import Conflict, FingerprintMismatch, InvalidRequest
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event, PostFilter, Schema, StoredPost, Vector

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=timezone.utc)
FINGERPRINTS = {"visual": "clip@1", "text": "mpnet@1"}
SCHEMA = Schema(fingerprints=FINGERPRINTS, dimensions={"visual": 4, "text": 3})


def unit(*components: float) -> Vector:
    vector = np.array(components, dtype=np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def post(media_id: str = "m1", **changes: object) -> StoredPost:
    """A whole post with both vectors."""
    whole = StoredPost(
        media_id=media_id,
        author_id="ann",
        caption="A cat",
        ocr_text="MEOW",
        content_type="meme",
        alignment_score=0.7,
        has_text_embedding=True,
        likes=3,
        comments=1,
        created_at=NOW,
        media_type="image",
        content_hash="sha256:00",
        model_fingerprint=FINGERPRINTS,
        degraded=("ocr",),
        perceptual_hash="c3d2e1f000112233",
        visual=unit(1, 0, 0, 0),
        text=unit(1, 0, 0),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def event(event_id: str = "e1", **changes: object) -> Event:
    """A like of m1."""
    whole = Event(event_id, "u1", "m1", "like", NOW, None, author_id="ann")
    return replace(whole, **changes)  # type: ignore[arg-type]


def without_vectors(stored: StoredPost) -> StoredPost:
    return replace(stored, visual=None, text=None)


class StoreConformance:
    """The suite."""

    async def test_a_post_comes_back_as_it_was_written(self, store: Store) -> None:
        written = post()
        await store.put_posts([written])
        assert await store.get_posts(["m1", "unknown"]) == {"m1": without_vectors(written)}
        (read,) = (await store.get_posts(["m1"], with_vectors=True)).values()
        assert without_vectors(read) == without_vectors(written)
        assert read.visual == pytest.approx(written.visual)
        assert read.text == pytest.approx(written.text)

    @pytest.mark.parametrize("media_id", ["π/ü ☃", "a" * 256, "../../etc/passwd", "0"])
    async def test_any_string_is_an_id(self, store: Store, media_id: str) -> None:
        await store.put_posts([post(media_id)])
        assert list(await store.get_posts([media_id])) == [media_id]

    async def test_a_second_write_replaces_the_first(self, store: Store) -> None:
        await store.put_posts([post(likes=1)])
        await store.put_posts([post(likes=2, text=None, has_text_embedding=False)])
        (read,) = (await store.get_posts(["m1"], with_vectors=True)).values()
        assert (read.likes, read.text, await store.count_posts()) == (2, None, 1)

    async def test_delete(self, store: Store) -> None:
        await store.put_posts([post()])
        assert await store.delete_post("m1") is True
        assert await store.delete_post("m1") is False
        assert await store.get_posts(["m1"]) == {}
        assert await store.nearest("visual", unit(1, 0, 0, 0), limit=5) == []

    async def test_nearest_by_cosine_among_posts_that_have_the_modality(self, store: Store) -> None:
        await store.put_posts([post("far", text=unit(0, 1, 0))])
        await store.put_posts([post("near", text=unit(3, 4, 0))])
        await store.put_posts([post("picture", text=None, has_text_embedding=False)])
        found = await store.nearest("text", unit(0, 1, 0), limit=5)
        assert [neighbour.media_id for neighbour in found] == ["far", "near"]
        assert [neighbour.cosine for neighbour in found] == pytest.approx([1.0, 0.8], abs=1e-6)

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            (PostFilter(author_ids=("bob",)), {"b"}),
            (PostFilter(author_ids=("ann", "bob")), {"a", "b", "old"}),
            (PostFilter(content_types=("aesthetic",)), {"b"}),
            (PostFilter(created_after=NOW - timedelta(days=1)), {"a", "b"}),
            (PostFilter(author_ids=("bob",), content_types=("meme",)), set()),
        ],
    )
    async def test_filters(self, store: Store, where: PostFilter, expected: set[str]) -> None:
        await store.put_posts([post("a")])
        await store.put_posts([post("b", author_id="bob", content_type="aesthetic")])
        await store.put_posts([post("old", created_at=NOW - timedelta(days=2))])
        found = await store.nearest("text", unit(1, 0, 0), limit=5, where=where)
        assert {neighbour.media_id for neighbour in found} == expected

    async def test_top_by_date_and_by_counters(self, store: Store) -> None:
        for day, (likes, comments) in enumerate([(5, 0), (1, 9), (7, 3)]):
            created_at = NOW + timedelta(days=day)
            stored = post(f"d{day}", created_at=created_at, likes=likes, comments=comments)
            await store.put_posts([stored])
        assert await store.top("created_at", limit=2) == ["d2", "d1"]
        assert await store.top("likes", limit=3) == ["d2", "d0", "d1"]
        assert await store.top("comments", limit=1) == ["d1"]

    @pytest.mark.parametrize(
        ("changes", "error", "message"),
        [
            (
                {"model_fingerprint": {"visual": "clip@2", "text": "mpnet@1"}},
                FingerprintMismatch,
                "visual vector comes from clip@2, the store holds vectors of clip@1",
            ),
            ({"text": unit(1, 0)}, InvalidRequest, r"shape \[2\], the store's have \[3\]"),
            ({"text": 2 * unit(1, 0, 0)}, InvalidRequest, "not of unit norm"),
            ({"visual": np.full(4, np.nan, np.float32)}, InvalidRequest, "not of unit norm"),
        ],
    )
    async def test_vectors_that_can_not_be_compared_are_refused(
        self, store: Store, changes: dict[str, object], error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            await store.put_posts([post("fine"), post(**changes)])  # type: ignore[arg-type]
        assert await store.count_posts() == 0

    @pytest.mark.parametrize("count", [1, 7, 29, 30, 100])
    async def test_a_sample_of_posts(self, store: Store, count: int) -> None:
        ids = {f"m{number}" for number in range(30)}
        await store.put_posts([post(media_id) for media_id in sorted(ids)])
        samples = [await store.sample_posts(count, seed=seed) for seed in range(20)]
        assert all(len(sample) == len(set(sample)) == min(count, 30) for sample in samples)
        assert all(set(sample) <= ids for sample in samples)
        assert samples[0] == await store.sample_posts(count, seed=0)
        # Each of 20 seeds starts somewhere else among 30.
        assert len({tuple(sample) for sample in samples}) > 5

    async def test_a_sample_of_viewers(self, store: Store) -> None:
        assert await store.sample_viewers(5, seed=1) == []
        await store.add_events([event(f"e{n}", user_id=f"u{n % 3}") for n in range(30)])
        assert sorted(await store.sample_viewers(100, seed=1)) == ["u0", "u1", "u2"]
        assert len(await store.sample_viewers(1, seed=1)) == 1

    async def test_events_of_a_viewer_latest_first(self, store: Store) -> None:
        early = event("e1", at=NOW - timedelta(hours=2), kind="dwell", value=3.5)
        late = event("e2")
        assert await store.add_events([early, late, event("e3", user_id="u2")]) == 3
        assert await store.events_of("u1", limit=10) == [late, early]
        assert await store.events_of("u1", limit=1) == [late]
        assert await store.events_of("nobody", limit=10) == []

    async def test_events_of_some_kinds(self, store: Store) -> None:
        await store.add_events([event("e1"), event("e2", kind="view"), event("e3", kind="hide")])
        found = await store.events_of("u1", limit=10, kinds=["like", "hide"])
        assert {known.event_id for known in found} == {"e1", "e3"}

    async def test_events_since_a_moment(self, store: Store) -> None:
        instant = timedelta(microseconds=1)
        events = [event(f"e{i}", at=NOW + i * instant) for i in (-1, 0, 1)]
        await store.add_events([*events, event("view", kind="view", at=NOW + instant)])
        found = await store.events_of("u1", limit=10, kinds=["like"], since=NOW)
        assert [known.event_id for known in found] == ["e1", "e0"]
        assert [known.event_id for known in await store.events_of("u1", limit=1, since=NOW)] in (
            ["e1"],
            ["view"],
        )

    async def test_events_of_one_moment_stand_by_id(self, store: Store) -> None:
        await store.add_events([event(f"e{i}") for i in (3, 1, 4, 2)])
        await store.add_events([event("e0"), event("later", at=NOW + timedelta(seconds=1))])
        found = await store.events_of("u1", limit=10)
        assert [known.event_id for known in found] == ["later", "e0", "e1", "e2", "e3", "e4"]

    async def test_many_events_stand_in_order_whatever_order_they_came_in(
        self, store: Store
    ) -> None:
        minutes = np.random.default_rng(3).permutation(500).tolist()
        events = [event(f"e{i}", at=NOW - timedelta(minutes=i)) for i in minutes]
        for start in range(0, 500, 100):
            await store.add_events(events[start : start + 100])
        found = await store.events_of("u1", limit=200, since=NOW - timedelta(minutes=400))
        assert [known.event_id for known in found] == [f"e{i}" for i in range(200)]

    async def test_a_known_event_id_rejects_the_batch(self, store: Store) -> None:
        await store.add_events([event("e1")])
        with pytest.raises(Conflict) as caught:
            await store.add_events([event("e2"), event("e1", kind="hide")])
        assert caught.value.members == {"duplicates": ["e1"]}
        assert await store.events_of("u1", limit=10) == [event("e1")]

    async def test_or_is_left_out_where_that_is_asked_for(self, store: Store) -> None:
        await store.add_events([event("e1")])
        added = await store.add_events([event("e1", kind="hide"), event("e2")], skip_known=True)
        assert added == 1
        kinds = {known.event_id: known.kind for known in await store.events_of("u1", limit=10)}
        assert kinds == {"e1": "like", "e2": "like"}

    async def test_concurrent_writers_lose_nothing(self, store: Store) -> None:
        posts = [post(f"m{i}") for i in range(50)]
        await asyncio.gather(*(store.put_posts([stored]) for stored in posts))
        assert await store.count_posts() == 50
        answers = await asyncio.gather(
            *(store.add_events([event("same")]) for _ in range(10)), return_exceptions=True
        )
        assert sum(answer == 1 for answer in answers) == 1
        assert sum(isinstance(answer, Conflict) for answer in answers) == 9
