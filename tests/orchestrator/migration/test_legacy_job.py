import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path

import pytest

from orchestrator.content.picture import inspect
from orchestrator.errors import FingerprintMismatch, UndecodableMedia
from orchestrator.migration.legacy_job import Check, LegacyJob
from orchestrator.migration.legacy_posts import LegacySource
from orchestrator.runs.errors import GaveUp
from orchestrator.runs.outcome import Outcome
from orchestrator.runs.pipeline import Pipeline
from orchestrator.store.records import StoredPost
from tests.orchestrator.migration.old_system import Migration, open_migration, picture
from tests.orchestrator.store.conformance import event, post
from tests.support.fake_decoder import MP4
from tests.support.fake_models import FINGERPRINTS, PERCEPTUAL_HASH


@pytest.fixture
async def migration(tmp_path: Path) -> AsyncIterator[Migration]:
    async with open_migration(tmp_path) as opened:
        yield opened


async def stored(migration: Migration, media_id: str = "m1") -> StoredPost:
    return (await migration.store.get_posts([media_id], with_vectors=True))[media_id]


async def test_a_post_is_migrated_whole(migration: Migration) -> None:
    await migration.old.add(1, comments=4)
    assert await migration.run() == {"1": Outcome("done", "1", "m1")}
    post = await stored(migration)
    assert post.visual == pytest.approx([1, 0, 0, 0])
    assert post.text == pytest.approx([0, 1, 0])
    assert post.alignment_score == pytest.approx(0.5)
    assert replace(post, visual=None, text=None, alignment_score=None) == StoredPost(
        media_id="m1",
        author_id="ann",
        caption="Picture 1",
        ocr_text="MEOW MEOW MEOW",
        content_type="meme",
        alignment_score=None,
        has_text_embedding=True,
        likes=1,
        comments=4,
        created_at=datetime(2024, 5, 6, 12, tzinfo=timezone.utc),
        media_type="image",
        content_hash=inspect(picture(1), max_pixels=10_000).content_hash,
        model_fingerprint={"visual": "clip@1", "text": "mpnet@1"},
        perceptual_hash=PERCEPTUAL_HASH,
        media_url="1.png",
    )


async def test_a_post_of_a_video_is_made_whole(migration: Migration) -> None:
    (migration.old.media / "clip").write_bytes(MP4)
    await migration.old.put(1, url="clip")
    assert (await migration.run())["1"].kind == "done"
    post = await stored(migration)
    assert (post.media_type, post.media_url, post.degraded) == ("video", "clip", ())
    assert post.content_hash == f"sha256:{sha256(MP4).hexdigest()}"
    assert (post.duration_s, post.frame_times_s) == (3.0, (0.5, 1.5, 2.5))
    assert post.representative_time_s == 1.5
    assert post.visual is not None


async def test_bad_points_are_named_and_the_rest_goes_on(migration: Migration) -> None:
    old = migration.old
    for number in range(20):
        await old.add(number)
    await old.put(100, url=None)
    await old.put(101, mediaId=None)
    await old.put(102, url="../secret")
    await old.put(103, url="103.png")
    await old.put(104, url="http://169.254.169.254/latest")
    (old.media / "page.png").write_bytes(b"<!doctype html>gone")
    await old.put(105, url="page.png")
    with (old.media / "huge.png").open("wb") as file:
        file.truncate(2 * 1024**3)
    await old.put(106, url="huge.png")
    await old.put(107, url="1.png", caption="x" * 101)
    (old.media / "film.avi").write_bytes(b"RIFF\0\0\0\0AVI LIST")
    await old.put(108, url="film.avi")
    await old.put(109, likes="many")
    outcomes = await migration.run()
    failed = {point: each.reason for point, each in outcomes.items() if each.kind == "failed"}
    assert failed == {
        "100": "no-path",
        "101": "broken-point",
        "102": "outside-folder",
        "103": "not-found",
        "104": "host-not-allowed",
        "105": "undecodable",
        "106": "too-large",
        "107": "refused",
        "108": "unsupported-media",
        "109": "broken-point",
    }
    assert outcomes["101"].media_id is None
    assert await migration.store.count_posts() == 20


async def test_what_a_model_can_not_decode_is_named(migration: Migration) -> None:
    await migration.old.add(1)
    migration.models.failing["preprocess"] = UndecodableMedia("the picture is truncated")
    assert await migration.run() == {
        "1": Outcome("failed", "1", "m1", "undecodable", "the picture is truncated")
    }
    assert await migration.store.count_posts() == 0


async def test_a_media_id_twice_is_told_each_time(migration: Migration) -> None:
    await migration.old.add(1)
    await migration.old.add(2, mediaId="m1", caption="another")
    for kind in ("done", "known"):
        outcomes = await migration.run()
        assert outcomes["1"].kind == kind
        assert outcomes["2"] == Outcome(
            "failed", "2", "m1", "conflict", "point 1 has the same media id"
        )
        migration.source = LegacySource(migration.old.legacy)
    assert (await stored(migration)).caption == "Picture 1"


async def test_what_is_there_is_neither_fetched_nor_extracted_again(migration: Migration) -> None:
    for number in range(5):
        await migration.old.add(number)
    await migration.run(limit=3)
    migration.models.calls.clear()
    outcomes = await migration.run()
    assert [each.kind for each in outcomes.values()].count("known") == 3
    assert migration.models.calls.count("embed_image") == 2
    migration.models.calls.clear()
    await migration.run()
    assert migration.models.calls == []


@pytest.mark.parametrize("model", ["embed_image", "read_text", "embed_text", "preprocess"])
async def test_nothing_is_stored_in_part(migration: Migration, model: str) -> None:
    """Of a model that is away; patience is none here, so that the run ends."""
    await migration.old.add(1)
    migration.models.fail(model)
    with pytest.raises(GaveUp):
        await migration.run()
    assert await migration.store.count_posts() == 0


async def test_vectors_of_other_models_end_the_run(migration: Migration) -> None:
    await migration.old.add(1)
    migration.models.fingerprints_now = replace(
        FINGERPRINTS, visual=replace(FINGERPRINTS.visual, id="clip@2")
    )
    with pytest.raises(FingerprintMismatch, match=r"clip@2, .*clip@1"):
        await migration.run()


async def in_the_middle(migration: Migration, happens: Callable[[], Awaitable[object]]) -> Outcome:
    """What becomes of m1 when something happens while its picture is with the models."""
    await migration.old.add(1)
    gate = migration.models.gates["embed_image"] = asyncio.Event()
    running = asyncio.ensure_future(migration.run())
    while "embed_image" not in migration.models.calls:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await happens()
    gate.set()
    return (await running)["1"]


async def test_a_post_that_is_uploaded_meanwhile_stays_as_it_was_uploaded(
    migration: Migration,
) -> None:
    uploaded = post("m1", author_id="bob", caption="My own words", likes=0)
    outcome = await in_the_middle(migration, lambda: migration.store.put_posts([uploaded]))
    assert outcome.kind == "known"
    there = await stored(migration)
    assert (there.author_id, there.caption) == ("bob", "My own words")


async def test_a_post_that_is_deleted_meanwhile_does_not_come_back(migration: Migration) -> None:
    async def delete() -> None:
        await migration.old.legacy.delete("m1")
        await migration.store.delete_post("m1")

    assert await in_the_middle(migration, delete) == Outcome("gone", "1", "m1")
    assert await migration.store.count_posts() == 0


async def test_uploads_and_a_migration_at_once_lose_nothing(migration: Migration) -> None:
    for number in range(60):
        await migration.old.add(number)
    uploads = [post(f"m{number}", author_id="bob", likes=0) for number in range(30, 90)]

    async def upload() -> None:
        for each in uploads:
            await migration.store.put_posts([each])
            await migration.store.add_events([event(f"e-{each.media_id}", media_id=each.media_id)])
            await asyncio.sleep(0)

    outcomes, _ = await asyncio.gather(migration.run(), upload())
    assert len(outcomes) == 60
    assert {each.kind for each in outcomes.values()} <= {"done", "known"}
    posts = await migration.store.get_posts([f"m{number}" for number in range(90)])
    authors = [posts[f"m{number}"].author_id for number in range(90)]
    assert authors == ["ann"] * 30 + ["bob"] * 60


async def test_a_dry_run_says_what_would_fail_and_asks_no_model(migration: Migration) -> None:
    old = migration.old
    await old.add(1)
    await old.add(2)
    await old.put(3)
    await old.put(4, url="../secret")
    await old.put(5, mediaId=None)
    await old.add(6, createdAt="2999-01-01")
    await old.add(7, mediaId="m1")
    await migration.store.put_posts([post("m2")])
    told: list[Outcome] = []
    job = LegacyJob(migration.target.known, Check(migration.media, migration.uploads))
    await Pipeline(migration.source, job, told.append, workers=2, patience=migration.patience).run()
    assert {each.point_id: each.reason or each.kind for each in told} == {
        "1": "done",
        "2": "known",
        "3": "not-found",
        "4": "outside-folder",
        "5": "broken-point",
        "6": "refused",
        "7": "conflict",
    }
    assert migration.models.calls == []
    assert await migration.store.count_posts() == 1
