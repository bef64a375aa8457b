"""The decoder in a process of its own, which uploads may crash, stall or take over."""

import asyncio
import logging
import sys
from collections.abc import Callable

from decoding.protocol import Answer, Container, Task, split_ready
from orchestrator.content.disk_file import DiskFile
from orchestrator.content.picture import Picture
from orchestrator.content.video import Sampled, Video
from orchestrator.deadline import Deadline
from orchestrator.errors import Unavailable
from orchestrator.frames.child import Child, Ended
from orchestrator.frames.heap import give_back
from orchestrator.frames.parameters import VideoParameters
from orchestrator.frames.verdict import answer_of, sampled_of, thumbnail_of

FRAME_SIDE_PX = 1280
"""Longest side of a frame that the models are given: text is legible, CLIP takes 224."""
THUMBNAIL_PX = 480
_MAX_PICTURE_BYTES = 4_000_000
# -I: neither the environment nor the working directory says what is imported.
_COMMAND = (sys.executable, "-I", "-m", "decoding")

_LOG = logging.getLogger(__name__)


class ProcessDecoder:
    """`Decoder` that starts a process for each upload and leaves none behind."""

    def __init__(
        self,
        parameters: VideoParameters,
        *,
        max_pictures_pixels: int,
        command: tuple[str, ...] = _COMMAND,
    ) -> None:
        """`max_pictures_pixels` of a picture; `command` is given the task as a last argument."""
        self._parameters = parameters
        self._max_pictures_pixels = max_pictures_pixels
        self._command = command
        self._is_lack_said = False

    async def sample(self, video: Video, deadline: Deadline) -> Sampled:
        """See `Decoder`."""
        task = self._task(video.container, self._parameters.frames, self._parameters.max_pixels)
        answer = await self._decoded(lambda: video.file, task, deadline)
        sampled = await asyncio.to_thread(sampled_of, answer, task)
        await asyncio.to_thread(give_back)
        return sampled

    async def thumbnail(self, picture: Picture, deadline: Deadline) -> bytes:
        """See `Decoder`."""
        task = self._task("picture", 0, self._max_pictures_pixels)
        answer = await self._decoded(lambda: DiskFile.of(picture.data), task, deadline)
        return await asyncio.to_thread(thumbnail_of, answer, task)

    def _task(self, container: Container, frames: int, max_pixels: int) -> Task:
        return Task(
            container=container,
            max_frames=frames,
            max_side_px=FRAME_SIDE_PX,
            thumbnail_px=THUMBNAIL_PX,
            max_pixels=max_pixels,
            max_duration_s=self._parameters.max_duration_s,
            memory_bytes=self._parameters.memory_bytes,
            cpu_s=self._parameters.cpu_s,
        )

    async def _decoded(
        self, upload: Callable[[], DiskFile], task: Task, deadline: Deadline
    ) -> Answer:
        """The answer of a process; where the caller goes, the process goes first."""
        child = Child(
            (*self._command, task.to_json()),
            max_output_bytes=(task.max_frames + 1) * _MAX_PICTURE_BYTES,
        )
        running = asyncio.ensure_future(asyncio.to_thread(self._run, child, upload, task, deadline))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            child.stop()
            await asyncio.wait([running])
            # Heard, though nobody waits for it.
            if not running.cancelled():
                running.exception()
            raise
        finally:
            # An error and the frame that it passed would hold each other, and the upload with them.
            del running

    def _run(
        self, child: Child, upload: Callable[[], DiskFile], task: Task, deadline: Deadline
    ) -> Answer:
        left_s = deadline.remaining_s
        own_s = self._parameters.timeout_s
        if left_s == 0:
            raise Unavailable("no time is left to decode the upload")
        try:
            ended = child.run(upload(), min(own_s, left_s))
        except OSError as exc:
            raise Unavailable(f"the decoder can't be started: {exc.strerror}") from exc
        if ended is None:
            raise Unavailable("nobody waits for the decoder any more")
        written = self._after_ready(ended)
        return answer_of(ended, written, task, own_s if own_s <= left_s else None)

    def _after_ready(self, ended: Ended) -> bytes:
        """What it wrote once it was locked in: before that, nothing is the upload's fault."""
        said = ended.said.decode(errors="replace").strip()
        ready = split_ready(ended.output)
        if ready is None:
            _LOG.error("the decoder did not start (status %d): %s", ended.status, said)
            raise Unavailable("the decoder did not start")
        if said:
            _LOG.debug("the decoder said: %s", said)
        lacking, written = ready
        if lacking and not self._is_lack_said:
            self._is_lack_said = True
            _LOG.warning("uploads are decoded behind one lock less: %s", lacking)
        return written
