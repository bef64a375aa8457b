"""Several requests for the same video, and for few places."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from orchestrator.content.disk_file import DiskFile
from orchestrator.content.picture import Picture
from orchestrator.content.video import Frame, Sampled, Video
from orchestrator.deadline import Deadline
from orchestrator.errors import Unavailable, UndecodableMedia
from orchestrator.frames.parameters import VideoParameters
from orchestrator.frames.sampling import Sampling

PICTURE = Picture(b"jpeg", "sha256:p", 4, 3)


def sampled(name: str) -> Sampled:
    """What is sampled of the video of this name."""
    frame = Frame(0.5, replace(PICTURE, content_hash=name))
    return Sampled(1.0, 4, 3, (frame,), frame, name.encode())


def video(name: str) -> Video:
    """A video of which no byte is read here."""
    return Video(DiskFile.of(b""), name, "mp4")


@dataclass
class HeldDecoder:
    """A decoder that is done when the test says so, or at the deadline."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    at_once: int = 0
    error: Exception | None = None

    async def sample(self, video: Video, deadline: Deadline) -> Sampled:
        """See `Decoder`."""
        await self._work(video.content_hash, deadline)
        return sampled(video.content_hash)

    async def thumbnail(self, picture: Picture, deadline: Deadline) -> bytes:
        """See `Decoder`."""
        await self._work(picture.content_hash, deadline)
        return picture.data

    async def _work(self, name: str, deadline: Deadline) -> None:
        self.begun.append(name)
        self.at_once = max(self.at_once, len(self.begun) - len(self.ended))
        is_late = False
        try:
            await asyncio.wait_for(self.go.wait(), deadline.remaining_s)
        except asyncio.TimeoutError:
            is_late = True  # an error raised here would hold the upload: see `Places`
        finally:
            self.ended.append(name)
        if is_late:
            raise Unavailable("too late")
        if self.error:
            raise self.error


@pytest.fixture
def without_collector() -> Iterator[None]:
    """Nothing but the last reference ends an object."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def started(sampling: Sampling, name: str, time_s: float = 20) -> "asyncio.Task[Sampled]":
    """A request for what is sampled of a video."""
    return asyncio.ensure_future(sampling.sample(video(name), Deadline.after(time_s)))


async def settled() -> None:
    """All that can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_requests_for_the_same_video_share_one_decoding() -> None:
    decoder = HeldDecoder()
    sampling = Sampling(decoder, VideoParameters())
    first, second = started(sampling, "a"), started(sampling, "a")
    await settled()
    decoder.go.set()
    assert await first == sampled("a")
    assert await second is await first
    assert await started(sampling, "a") is await first
    assert decoder.begun == ["a"]


async def test_one_that_goes_does_not_take_it_from_the_other() -> None:
    decoder = HeldDecoder()
    sampling = Sampling(decoder, VideoParameters())
    first, second = started(sampling, "a"), started(sampling, "a")
    await settled()
    first.cancel()
    await settled()
    assert first.cancelled()
    assert decoder.ended == []
    decoder.go.set()
    assert await second == sampled("a")
    assert decoder.begun == ["a"]


async def test_when_the_last_one_goes_the_decoding_ends() -> None:
    decoder = HeldDecoder()
    sampling = Sampling(decoder, VideoParameters())
    first, second = started(sampling, "a"), started(sampling, "a")
    await settled()
    first.cancel()
    second.cancel()
    await settled()
    assert decoder.ended == ["a"]
    decoder.go.set()
    assert await started(sampling, "a") == sampled("a")
    assert decoder.begun == ["a", "a"]


async def test_one_that_comes_as_the_last_one_goes_is_not_cancelled_with_it() -> None:
    decoder = HeldDecoder()
    sampling = Sampling(decoder, VideoParameters())
    first = started(sampling, "a")
    await settled()
    first.cancel()
    second = started(sampling, "a")
    await settled()
    decoder.go.set()
    assert await second == sampled("a")


async def test_who_has_more_time_does_not_fail_with_who_has_less() -> None:
    decoder = HeldDecoder()
    sampling = Sampling(decoder, VideoParameters())
    hurried = started(sampling, "a", 0.05)
    patient = started(sampling, "a")
    with pytest.raises(Unavailable):
        await hurried
    await settled()
    decoder.go.set()
    assert await patient == sampled("a")
    assert decoder.begun == ["a", "a"]


async def test_who_has_less_time_does_not_wait_for_who_has_more() -> None:
    decoder = HeldDecoder()
    sampling = Sampling(decoder, VideoParameters())
    patient = started(sampling, "a")
    await settled()
    with pytest.raises(Unavailable, match="within the request's time"):
        await started(sampling, "a", 0.05)
    assert decoder.ended == []
    decoder.go.set()
    assert await patient == sampled("a")


async def test_errors_are_for_all_and_are_not_kept() -> None:
    decoder = HeldDecoder(error=UndecodableMedia("broken"))
    sampling = Sampling(decoder, VideoParameters())
    asking = [started(sampling, "a"), started(sampling, "a")]
    await settled()
    decoder.go.set()
    for each in asking:
        with pytest.raises(UndecodableMedia, match="broken"):
            await each
    assert decoder.begun == ["a"]
    decoder.error = None
    assert await started(sampling, "a") == sampled("a")


async def test_few_videos_are_decoded_at_once() -> None:
    decoder = HeldDecoder()
    sampling = Sampling(decoder, VideoParameters(at_once=2))
    asking = [started(sampling, name) for name in "abcd"]
    await settled()
    assert decoder.begun == ["a", "b"]
    decoder.go.set()
    assert await asyncio.gather(*asking) == [sampled(name) for name in "abcd"]
    assert decoder.at_once == 2


async def test_waiting_for_a_place_ends_at_the_deadline() -> None:
    decoder = HeldDecoder()
    sampling = Sampling(decoder, VideoParameters(at_once=1))
    first = started(sampling, "a")
    await settled()
    with pytest.raises(Unavailable):
        await started(sampling, "b", 0.05)
    decoder.go.set()
    await first
    # Its place was not lost.
    assert await started(sampling, "b") == sampled("b")


async def test_pictures_do_not_wait_for_videos() -> None:
    decoder = HeldDecoder()
    sampling = Sampling(decoder, VideoParameters(at_once=1))
    first = started(sampling, "a")
    thumbnail = asyncio.ensure_future(sampling.thumbnail(PICTURE, Deadline.after(20)))
    await settled()
    assert sorted(decoder.begun) == ["a", "sha256:p"]
    with pytest.raises(Unavailable, match="other uploads"):
        await sampling.thumbnail(PICTURE, Deadline.after(0.05))
    decoder.go.set()
    assert await thumbnail == b"jpeg"
    await first


@pytest.mark.parametrize(("kept", "decoded"), [(2, ["a", "b", "c", "a"]), (0, list("abaca"))])
async def test_the_least_recently_used_is_forgotten(kept: int, decoded: list[str]) -> None:
    decoder = HeldDecoder()
    decoder.go.set()
    sampling = Sampling(decoder, VideoParameters(kept=kept))
    for name in "abaca" if kept == 0 else "abcbca":
        assert await started(sampling, name) == sampled(name)
    assert decoder.begun == decoded


async def test_frames_of_many_bytes_take_the_places_of_several() -> None:
    class Noise(HeldDecoder):
        async def sample(self, video: Video, deadline: Deadline) -> Sampled:
            return replace(await super().sample(video, deadline), thumbnail=bytes(9_000_000))

    decoder = Noise()
    decoder.go.set()
    sampling = Sampling(decoder, VideoParameters(kept=8))
    for name in "abcca":
        await started(sampling, name)
    assert decoder.begun == ["a", "b", "c", "a"]
    alone = Sampling(decoder, VideoParameters(kept=1))
    await started(alone, "d")
    await started(alone, "d")
    assert decoder.begun[4:] == ["d"]


@pytest.mark.usefixtures("without_collector")
async def test_a_refused_upload_is_gone_at_once() -> None:
    decoder = HeldDecoder(error=UndecodableMedia("broken"))
    decoder.go.set()
    sampling = Sampling(decoder, VideoParameters())
    refused = video("a")
    file = weakref.ref(refused.file)
    with pytest.raises(UndecodableMedia):
        await asyncio.gather(
            sampling.sample(refused, Deadline.after(20)),
            sampling.sample(refused, Deadline.after(20)),
        )
    await settled()
    # Else it would hold the error, and that what it passed.
    decoder.error = None
    del refused
    assert file() is None


@pytest.mark.usefixtures("without_collector")
async def test_an_upload_that_came_too_late_is_gone_at_once() -> None:
    late = video("a")
    file = weakref.ref(late.file)
    with pytest.raises(Unavailable):
        await Sampling(HeldDecoder(), VideoParameters()).sample(late, Deadline.after(0.01))
    await settled()
    del late
    assert file() is None


@pytest.mark.usefixtures("without_collector")
async def test_an_upload_that_waited_for_a_place_in_vain_is_gone_at_once() -> None:
    sampling = Sampling(HeldDecoder(), VideoParameters(at_once=1))
    working = started(sampling, "a")
    await settled()
    waiting = video("b")
    file = weakref.ref(waiting.file)
    with pytest.raises(Unavailable):
        await sampling.sample(waiting, Deadline.after(0.01))
    await settled()
    del waiting
    assert file() is None
    working.cancel()
