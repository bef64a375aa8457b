"""What every `Store` must do with posts."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from orchestrator.errors import FingerprintMismatch, InvalidRequest
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost
from tests.orchestrator.store.conformance import NOW, post, unit, without_vectors


async def read(store: Store, media_id: str = "m1") -> StoredPost:
    return (await store.get_posts([media_id], with_vectors=True))[media_id]


class PostSuite:
    """Inherited by the tests of an engine, which yield `store`."""

    async def test_a_post_comes_back_as_it_was_written(self, store: Store) -> None:
        written = post()
        await store.put_posts([written])
        assert await store.get_posts(["m1", "unknown"]) == {"m1": without_vectors(written)}
        (read,) = (await store.get_posts(["m1"], with_vectors=True)).values()
        assert without_vectors(read) == without_vectors(written)
        assert read.visual == pytest.approx(written.visual)
        assert read.text == pytest.approx(written.text)

    async def test_a_video_comes_back_as_it_was_written(self, store: Store) -> None:
        written = post(
            media_type="video",
            duration_s=12.5,
            frame_times_s=(0.5, 3.25, 11.0),
            representative_time_s=3.25,
        )
        await store.put_posts([written])
        assert await store.get_posts(["m1"]) == {"m1": without_vectors(written)}
        await store.change_post("m1", {"likes": 9})
        assert await store.get_posts(["m1"]) == {"m1": without_vectors(replace(written, likes=9))}

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

    async def test_words_of_any_script_come_back(self, store: Store) -> None:
        written = post(caption="Ünïcode 👩‍🚀 ﷽\x00", author_id="çà", ocr_text="עברית\n日本語")
        await store.put_posts([written])
        assert (await store.get_posts(["m1"]))["m1"] == without_vectors(written)

    async def test_what_a_post_lacks_is_none(self, store: Store) -> None:
        bare: dict[str, Any] = {
            "caption": None,
            "alignment_score": None,
            "content_hash": None,
            "visual": None,
        }
        written = post(**bare, perceptual_hash=None, media_url=None, degraded=())
        await store.put_posts([written])
        found = await read(store)
        assert without_vectors(found) == without_vectors(written)
        assert found.visual is None

    async def test_the_same_write_again_changes_nothing(self, store: Store) -> None:
        for _ in range(3):
            assert await store.put_posts([post("a"), post("b")]) == 2
        assert await store.count_posts() == 2
        assert (await store.get_posts(["a"]))["a"] == without_vectors(post("a"))

    async def test_nothing_is_written_of_nothing(self, store: Store) -> None:
        assert await store.put_posts([]) == 0
        assert await store.get_posts([]) == {}

    async def test_only_new_posts_are_written_where_that_is_asked_for(self, store: Store) -> None:
        await store.put_posts([post("a", likes=1)])
        again = [post("a", likes=2), post("b", likes=2)]
        assert await store.put_posts(again, only_new=True) == 1
        likes = {key: found.likes for key, found in (await store.get_posts(["a", "b"])).items()}
        assert likes == {"a": 1, "b": 2}

    async def test_of_writers_of_one_new_post_at_once_one_succeeds(self, store: Store) -> None:
        written = await asyncio.gather(
            *(store.put_posts([post(likes=i)], only_new=True) for i in range(10))
        )
        assert sorted(written) == [0] * 9 + [1]
        assert (await read(store)).likes == written.index(1)

    async def test_some_of_a_post_changes_and_the_rest_stays(self, store: Store) -> None:
        await store.put_posts([post(), post("other")])
        later = NOW + timedelta(days=3)
        changes = {"likes": 9, "created_at": later, "media_url": "a.jpg", "degraded": ()}
        assert await store.change_post("m1", changes) is True  # type: ignore[arg-type]
        found = await read(store)
        expected = post(likes=9, created_at=later, media_url="a.jpg", degraded=())
        assert without_vectors(found) == without_vectors(expected)
        assert found.visual == pytest.approx(expected.visual)
        assert (await store.get_posts(["other"]))["other"] == without_vectors(post("other"))
        assert await store.top("likes", limit=1) == ["m1"]
        assert await store.change_post("m1", {"media_url": None}) is True
        assert (await read(store)).media_url is None

    async def test_no_post_comes_of_a_change(self, store: Store) -> None:
        assert await store.change_post("m1", {"likes": 1}) is False
        assert await store.put_vectors("m1", visual=unit(1, 0, 0, 0), text=None) is False
        assert await store.count_posts() == 0

    async def test_vectors_are_set_and_removed_beside_what_is_there(self, store: Store) -> None:
        await store.put_posts([post(likes=7)])
        assert await store.put_vectors("m1", visual=unit(0, 1, 0, 0), text=None) is True
        found = await read(store)
        assert (found.likes, found.text) == (7, None)
        assert found.visual == pytest.approx(unit(0, 1, 0, 0))
        assert await store.nearest("text", unit(1, 0, 0), limit=5) == []
        assert await store.put_vectors("m1", visual=None, text=unit(0, 0, 1)) is True
        found = await read(store)
        assert found.visual is None
        assert found.text == pytest.approx(unit(0, 0, 1))

    async def test_vectors_of_another_shape_are_refused(self, store: Store) -> None:
        await store.put_posts([post()])
        with pytest.raises(InvalidRequest, match=r"shape \[2\], the store's have \[4\]"):
            await store.put_vectors("m1", visual=unit(1, 0), text=None)
        assert (await read(store)).visual == pytest.approx(unit(1, 0, 0, 0))

    async def test_a_scan_meets_every_post_once(self, store: Store) -> None:
        await store.put_posts([post(f"m{i}", likes=i) for i in range(25)])
        found: list[StoredPost] = []
        after, pages = None, 0
        while pages == 0 or after is not None:
            page, after = await store.scan_posts(after, limit=10, with_vectors=True)
            found += page
            pages += 1
            # Posts that come and go meanwhile change nothing for those that stay.
            await store.put_posts([post(f"new{pages}", likes=99)])
        stayed = [known for known in found if known.likes < 99]
        assert sorted(known.likes for known in stayed) == list(range(25))
        assert all(known.visual == pytest.approx(unit(1, 0, 0, 0)) for known in stayed)
        (bare, *_), _ = await store.scan_posts(None, limit=1)
        assert bare.visual is None

    async def test_writers_at_once_lose_nothing(self, store: Store) -> None:
        posts = [post(f"m{i}") for i in range(50)]
        await asyncio.gather(*(store.put_posts([written]) for written in posts))
        await asyncio.gather(
            *(store.change_post(f"m{i}", {"likes": i}) for i in range(50)),
            *(store.put_vectors(f"m{i}", visual=None, text=unit(0, 1, 0)) for i in range(50)),
            *(store.delete_post(f"m{i}") for i in range(40, 50)),
        )
        assert await store.count_posts() == 40
        found = await store.get_posts([f"m{i}" for i in range(50)], with_vectors=True)
        assert {key: known.likes for key, known in found.items()} == {f"m{i}": i for i in range(40)}
        assert all(known.text == pytest.approx(unit(0, 1, 0)) for known in found.values())
