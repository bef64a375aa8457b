"""Posts whose thumbnails are made by a decoder that is told what to give."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from orchestrator.content.picture import Picture
from orchestrator.content.recognise import recognise
from orchestrator.content.video import Frame, Medium, Sampled, Video
from orchestrator.deadline import Deadline
from orchestrator.kept_uploads import KeptUploads
from orchestrator.locks import Locks
from orchestrator.media.errors import MediaError
from orchestrator.media.media import Media
from orchestrator.media.parameters import MediaParameters
from orchestrator.post_media import PostMedia
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost
from orchestrator.thumbnails import Thumbnails
from tests.orchestrator.store.conformance import post
from tests.support.fake_models import Gate
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
