"""Thumbnails of stored posts, by a decoder that is told what to give."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from orchestrator.content.picture import Picture
from orchestrator.content.recognise import recognise
from orchestrator.content.video import Frame, Medium, Sampled, Video
from orchestrator.deadline import Deadline
from orchestrator.errors import NotFound, Unavailable, UndecodableMedia
from orchestrator.kept_uploads import KeptUploads
from orchestrator.locks import Locks
from orchestrator.media.errors import BadStatus, MediaError, TooSlow, Unreachable
from orchestrator.media.media import Media
from orchestrator.media.parameters import MediaParameters
from orchestrator.post_media import PostMedia
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost
from orchestrator.thumbnails import Thumbnails
from tests.orchestrator.store.conformance import post
from tests.support.fake_models import Gate
from tests.support.full_disk import full_disk
from tests.support.limits import LIMITS
from tests.support.uploads import plain
from tests.support.videos import Scene, landscape, video

PICTURE = recognise(plain(), LIMITS)
VIDEO = recognise(video(Scene(landscape(1), 0.3)), LIMITS)


@dataclass
class Decoded:
    """A decoder that counts, and waits where it is held."""

    gate: Gate | None = None
    calls: list[str] = field(default_factory=list)
    failure: Exception | None = None
    running: int = 0
    most: int = 0

    async def sample(self, medium: Video, deadline: Deadline) -> Sampled:
        await self._call("sample")
        frame = Frame(0.1, Picture(b"frame", "sha256:f", width=8, height=8))
        return Sampled(0.3, 320, 180, (frame,), frame, b"of a video")

    async def thumbnail(self, picture: Picture, deadline: Deadline) -> bytes:
        await self._call("thumbnail")
        return b"of a picture"

    async def _call(self, name: str) -> None:
        self.calls.append(name)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()
        self.running -= 1
        if self.failure is not None:
            raise self.failure


class Elsewhere(Media):
    """Media that come, or fail, or don't come as long as nobody answers, each time anew."""

    def __init__(self) -> None:
        super().__init__(MediaParameters(), LIMITS)
        self.times_asked = 0
        self._asked: asyncio.Queue[asyncio.Future[Medium]] = asyncio.Queue()
        self.failure: MediaError | None = None

    async def fetch(self, media_url: str | None) -> Medium:
        self.times_asked += 1
        if self.failure is not None:
            raise self.failure
        answer: asyncio.Future[Medium] = asyncio.get_running_loop().create_future()
        self._asked.put_nowait(answer)
        return await answer

    async def asked(self) -> "asyncio.Future[Medium]":
        """What the next of those that were asked for waits for."""
        return await self._asked.get()


@dataclass
class Posts:
    """As much of a store as is read."""

    posts: dict[str, StoredPost] = field(default_factory=dict)

    async def get_posts(self, media_ids: Sequence[str]) -> dict[str, StoredPost]:
        return {an_id: self.posts[an_id] for an_id in media_ids if an_id in self.posts}


class World:
    """Posts, their kept uploads, and thumbnails of them."""

    def __init__(
        self, folder: Path, *, keeps: bool = True, length: int = 256, media: Media | None = None
    ) -> None:
        self.folder = folder
        self.decoder = Decoded()
        self.stored = Posts()
        self.locks = Locks()
        self.kept = KeptUploads(folder / "uploads" if keeps else None)
        media = media or Media(MediaParameters(folder=folder), LIMITS)
        self.thumbnails = Thumbnails(
            self.decoder,
            PostMedia(self.kept, media, LIMITS),
            self.kept,
            self.locks,
            queue_length=length,
        )

    async def add(self, medium: Medium, media_id: str = "m1", **changes: object) -> StoredPost:
        """A post whose upload is kept."""
        if isinstance(medium, Video):
            changes = {"media_type": "video", **changes}
        await self.kept.keep(media_id, medium)
        return self.put(media_id, content_hash=medium.content_hash, **changes)

    def put(self, media_id: str = "m1", **changes: object) -> StoredPost:
        """A post alone."""
        made = self.stored.posts[media_id] = post(media_id, **changes)
        return made

    async def of(self, a_post: StoredPost, timeout_s: float = 5) -> bytes:
        store = cast(Store, self.stored)
        return await self.thumbnails.of(a_post, store, Deadline.after(timeout_s))

    @property
    def files(self) -> list[Path]:
        """What is kept, uploads included."""
        return [path for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize(
    ("medium", "expected"),
    [(PICTURE, b"of a picture"), (VIDEO, b"of a video")],
    ids=["picture", "video"],
)
async def test_it_is_made_once_and_kept(world: World, medium: Medium, expected: bytes) -> None:
    a_post = await world.add(medium)
    assert [await world.of(a_post) for _ in range(3)] == [expected] * 3
    assert len(world.decoder.calls) == 1
    again = World(world.folder)
    again.decoder.failure = AssertionError("it is kept")
    assert await again.of(a_post) == expected
    await world.kept.forget("m1")
    assert world.files == []


async def test_who_asks_meanwhile_waits_for_the_same_one(world: World) -> None:
    a_post = await world.add(PICTURE)
    gate = world.decoder.gate = Gate()
    asking = [asyncio.create_task(world.of(a_post)) for _ in range(5)]
    await gate.came.wait()
    asking.pop(0).cancel()
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*asking) == [b"of a picture"] * 4
    assert world.decoder.calls == ["thumbnail"]


async def test_a_failure_is_told_to_all_and_not_kept(world: World) -> None:
    a_post = await world.add(PICTURE)
    world.decoder.failure = UndecodableMedia("broken")
    found = await asyncio.gather(*(world.of(a_post) for _ in range(3)), return_exceptions=True)
    assert [type(failure) for failure in found] == [UndecodableMedia] * 3
    world.decoder.failure = None
    assert await world.of(a_post) == b"of a picture"


async def test_a_text_has_none(world: World) -> None:
    with pytest.raises(NotFound, match="'m1' has no thumbnail: it is only text"):
        await world.of(world.put(media_type="text", content_hash=None))


async def test_where_uploads_are_not_kept_the_setting_is_named(tmp_path: Path) -> None:
    world = World(tmp_path, keeps=False)
    with pytest.raises(NotFound, match=r"no media_url; .* FEEDLENS_UPLOADS_PATH names a folder"):
        await world.of(world.put())
    (tmp_path / "cat.png").write_bytes(plain())
    for _ in range(2):
        a_post = world.put(content_hash=PICTURE.content_hash, media_url="cat.png")
        assert await world.of(a_post) == b"of a picture"
    assert world.decoder.calls == ["thumbnail"] * 2


async def test_another_medium_under_its_address_is_not_shown(world: World) -> None:
    (world.folder / "cat.png").write_bytes(plain("red"))
    with pytest.raises(NotFound, match=r"its medium can't be had \(not-found\)$"):
        await world.of(world.put(content_hash=PICTURE.content_hash, media_url="cat.png"))
    assert world.decoder.calls == []


@pytest.mark.parametrize(
    ("media_url", "reason"),
    [("gone.png", "not-found"), ("../a.png", "outside-folder"), ("http://h/", "host-not-allowed")],
)
async def test_why_its_medium_can_not_be_had_names_no_place(
    world: World, media_url: str, reason: str
) -> None:
    with pytest.raises(NotFound) as raised:
        await world.of(world.put(content_hash=None, media_url=media_url))
    assert raised.value.detail == (
        f"the post 'm1' has no thumbnail: its medium can't be had ({reason})"
    )


async def test_a_post_whose_content_nobody_hashed_is_shown_as_it_is_now(world: World) -> None:
    (world.folder / "cat.png").write_bytes(plain())
    assert await world.of(world.put(content_hash=None, media_url="cat.png")) == b"of a picture"
    assert len(world.files) == 1


async def test_deleted_meanwhile_nothing_is_kept(world: World) -> None:
    a_post = await world.add(PICTURE)
    gate = world.decoder.gate = Gate()
    asking = asyncio.create_task(world.of(a_post))
    await gate.came.wait()
    async with world.locks.of("m1"):
        gate.set()
        del world.stored.posts["m1"]
        await world.kept.forget("m1")
    assert await asking == b"of a picture"
    assert world.files == []


async def test_posted_anew_meanwhile_it_is_not_taken_for_the_new_one(world: World) -> None:
    former = await world.add(PICTURE)
    gate = world.decoder.gate = Gate()
    asking = asyncio.create_task(world.of(former))
    await gate.came.wait()
    latter = await world.add(VIDEO)
    gate.set()
    assert await asking == b"of a picture"
    assert await world.of(latter) == b"of a video"


async def test_on_a_full_disk_it_is_answered_all_the_same(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    a_post = await world.add(PICTURE)
    with full_disk():
        assert await world.of(a_post) == b"of a picture"
    assert "the thumbnail of 'm1' is not kept: " in caplog.text
    assert len(world.files) == 1


async def test_only_what_must_be_made_takes_a_place(tmp_path: Path) -> None:
    world = World(tmp_path, length=1)
    kept, first, second = [await world.add(PICTURE, media_id) for media_id in ("a", "b", "c")]
    await world.of(kept)
    gate = world.decoder.gate = Gate()
    making = asyncio.create_task(world.of(first))
    await gate.came.wait()
    with pytest.raises(Unavailable, match="1 thumbnails of pictures are in work"):
        await world.of(second)
    assert await world.of(kept) == b"of a picture"
    gate.set()
    assert await making == b"of a picture"
    assert await world.of(second) == b"of a picture"


async def test_of_a_hundred_new_ones_two_media_are_held_at_a_time(world: World) -> None:
    posts = [await world.add(PICTURE, f"m{number}") for number in range(100)]
    gate = world.decoder.gate = Gate()
    asking = [asyncio.create_task(world.of(a_post)) for a_post in posts]
    await gate.came.wait()
    await asyncio.sleep(0.05)
    assert world.decoder.calls == ["thumbnail"] * 2
    gate.set()
    assert await asyncio.gather(*asking) == [b"of a picture"] * 100
    assert world.decoder.most == 2


async def test_whose_turn_does_not_come_in_time_is_told_so(world: World) -> None:
    first, *others = [await world.add(PICTURE, media_id) for media_id in ("a", "b", "c")]
    gate = world.decoder.gate = Gate()
    making = [asyncio.create_task(world.of(a_post)) for a_post in (first, others[0])]
    await gate.came.wait()
    with pytest.raises(Unavailable, match="thumbnails of pictures are in work"):
        await world.of(others[1], timeout_s=0.05)
    gate.set()
    assert await asyncio.gather(*making) == [b"of a picture"] * 2
    assert await world.of(others[1]) == b"of a picture"


async def test_slow_hosts_keep_nobody_from_kept_uploads(tmp_path: Path) -> None:
    world = World(tmp_path, media=(elsewhere := Elsewhere()))
    away = [world.put(f"far{number}", media_url="https://slow.example/a") for number in range(9)]
    asking = [asyncio.create_task(world.of(a_post, timeout_s=0.5)) for a_post in away]
    for _ in range(2):
        await elsewhere.asked()
    for number in range(20):
        assert await world.of(await world.add(PICTURE, f"near{number}")) == b"of a picture"
    assert await world.of(await world.add(VIDEO, "film")) == b"of a video"
    assert not any(task.done() for task in asking)
    assert elsewhere.times_asked == 2
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(failure) for failure in found] == [Unavailable] * 9


async def test_pictures_do_not_wait_for_videos(world: World) -> None:
    gate = world.decoder.gate = Gate()
    films = [await world.add(VIDEO, f"film{number}") for number in range(3)]
    asking = [asyncio.create_task(world.of(film)) for film in films]
    await gate.came.wait()
    world.decoder.gate = None
    assert await world.of(await world.add(PICTURE)) == b"of a picture"
    assert world.decoder.calls == ["sample", "thumbnail"]
    gate.set()
    assert await asyncio.gather(*asking) == [b"of a video"] * 3


async def test_a_medium_that_is_slow_to_come_is_not_waited_for_too_long(tmp_path: Path) -> None:
    world = World(tmp_path, media=Elsewhere())
    with pytest.raises(Unavailable, match="the medium of 'm1' did not come in time"):
        await world.of(world.put(media_url="cat.png"), timeout_s=0.05)


async def test_who_has_more_time_than_the_first_tries_again(tmp_path: Path) -> None:
    world = World(tmp_path, media=(elsewhere := Elsewhere()))
    a_post = world.put(content_hash=PICTURE.content_hash, media_url="https://slow.example/a")
    first = asyncio.create_task(world.of(a_post, timeout_s=0.1))
    await elsewhere.asked()
    joined = [asyncio.create_task(world.of(a_post, timeout_s=each)) for each in (3, 5, 4)]
    with pytest.raises(Unavailable, match="the medium of 'm1' did not come in time"):
        await first
    second = await elsewhere.asked()
    assert not any(task.done() for task in joined)
    second.set_result(PICTURE)
    assert await asyncio.gather(*joined) == [b"of a picture"] * 3
    assert elsewhere.times_asked == 2


async def test_who_has_less_time_than_the_first_leaves_it_alone(world: World) -> None:
    a_post = await world.add(PICTURE)
    gate = world.decoder.gate = Gate()
    first = asyncio.create_task(world.of(a_post))
    await gate.came.wait()
    with pytest.raises(Unavailable, match="was not made within the request's time"):
        await world.of(a_post, timeout_s=0.02)
    gate.set()
    assert await first == b"of a picture"
    assert world.decoder.calls == ["thumbnail"]


@pytest.mark.parametrize(
    "failure",
    [TooSlow("at h"), Unreachable("at h"), BadStatus("h 500", status=500)],
    ids=lambda failure: failure.reason,
)
async def test_what_is_away_for_a_moment_may_be_asked_for_again(
    tmp_path: Path, failure: MediaError
) -> None:
    world = World(tmp_path, media=(elsewhere := Elsewhere()))
    a_post = world.put(content_hash=PICTURE.content_hash, media_url="https://h.example/a")
    elsewhere.failure = failure
    asking = (world.of(a_post) for _ in range(3))
    found = await asyncio.gather(*asking, return_exceptions=True)
    expected = f"the medium of 'm1' is away for now ({failure.reason})"
    assert [isinstance(each, Unavailable) and each.detail for each in found] == [expected] * 3
    # Nobody asks a host again that has just failed.
    assert elsewhere.times_asked == 1
    elsewhere.failure = None
    again = asyncio.create_task(world.of(a_post))
    (await elsewhere.asked()).set_result(PICTURE)
    assert await again == b"of a picture"


async def test_what_its_host_does_not_have_is_not_found(tmp_path: Path) -> None:
    world = World(tmp_path, media=(elsewhere := Elsewhere()))
    elsewhere.failure = BadStatus("h answered 410 Gone", status=410)
    with pytest.raises(NotFound, match=r"its medium can't be had \(http-status\)$"):
        await world.of(world.put(media_url="https://h.example/a"))


async def test_closing_ends_what_is_being_made(world: World) -> None:
    a_post = await world.add(PICTURE)
    gate = world.decoder.gate = Gate()
    asking = asyncio.create_task(world.of(a_post))
    await gate.came.wait()
    await world.thumbnails.close()
    with pytest.raises(asyncio.CancelledError):
        await asking
