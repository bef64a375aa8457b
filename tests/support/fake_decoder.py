"""A fake at the seam of `Decoder`: made frames, whatever the file holds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator.content.disk_file import DiskFile
from orchestrator.content.picture import Picture
from orchestrator.content.video import Frame, Sampled, Video
from orchestrator.deadline import Deadline

MP4 = b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0\0\0\x08moov"
"""What is taken for a video by its first bytes."""
THUMBNAIL = b"a small jpeg"


def made_video(content: bytes = MP4, content_hash: str = "sha256:v") -> Video:
    """A video of any content."""
    return Video(DiskFile.of(content), content_hash, "mp4")


def made_frame(time_s: float, data: bytes | None = None) -> Frame:
    """A frame of 100 × 80 pixels, its bytes by its time."""
    data = f"frame at {time_s:g}".encode() if data is None else data
    return Frame(time_s, Picture(data, f"sha256:{data.hex()}", width=100, height=80))


def made_sample(
    times_s: Sequence[float] = (0.5, 1.5, 2.5), *, duration_s: float = 3.0, representative: int = 1
) -> Sampled:
    """Frames of a video of 200 × 160 pixels."""
    frames = tuple(map(made_frame, times_s))
    return Sampled(
        duration_s=duration_s,
        width=200,
        height=160,
        frames=frames,
        representative=frames[representative],
        thumbnail=THUMBNAIL,
    )


@dataclass
class FakeDecoder:
    """Answers `sampled` for every video, or fails by `failing`, after `gate` where there is one."""

    sampled: Sampled = field(default_factory=made_sample)
    failing: Exception | None = None
    gate: asyncio.Event | None = None
    asked: list[str] = field(default_factory=list)

    async def sample(self, video: Video, deadline: Deadline) -> Sampled:
        self.asked.append(video.content_hash)
        await self._fail()
        return self.sampled

    async def thumbnail(self, picture: Picture, deadline: Deadline) -> bytes:
        self.asked.append(picture.content_hash)
        await self._fail()
        return THUMBNAIL

    async def _fail(self) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.failing is not None:
            raise self.failing
