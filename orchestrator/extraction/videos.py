"""What the models see in a video: in its frames, by the same models as in pictures."""

import asyncio
from dataclasses import replace
from statistics import fmean

from orchestrator.content.video import Frame, Sampled, Video
from orchestrator.deadline import Deadline
from orchestrator.extraction.attempts import Attempts
from orchestrator.extraction.content_type import text_coverage
from orchestrator.extraction.pooling import pooled
from orchestrator.extraction.remembered import RememberedModels
from orchestrator.extraction.repeated_lines import distinct
from orchestrator.extraction.seen import Look, Seen, VideoFacts, Writing
from orchestrator.extraction.together import together
from orchestrator.frames.decoder import Decoder
from orchestrator.inference.models import Fingerprint, TextLine


class Videos:
    """Looks at videos. Every call raises what `Decoder.sample` raises."""

    def __init__(self, models: RememberedModels, decoder: Decoder) -> None:
        """`decoder` is asked once a call: what keeps its answers stands behind it."""
        self._models = models
        self._decoder = decoder

    async def sample(self, video: Video, deadline: Deadline) -> Sampled:
        """Its frames."""
        return await self._decoder.sample(video, deadline)

    async def see(
        self, video: Video, by: Fingerprint, attempts: Attempts, deadline: Deadline
    ) -> Seen:
        """Its look and its writing, at once; what fails is left out whole, and noted."""
        sampled = await self.sample(video, deadline)
        look, writing = await together(
            attempts.run("visual", lambda: self._look(sampled, by, deadline)),
            attempts.run("ocr", lambda: self._read(sampled, deadline)),
        )
        return Seen(look, writing, facts_of(sampled))

    async def look(self, video: Video, by: Fingerprint, deadline: Deadline) -> Look:
        """Its vector, and those of its frames."""
        return await self._look(await self.sample(video, deadline), by, deadline)

    async def read(self, video: Video, deadline: Deadline) -> tuple[Writing, VideoFacts]:
        """Its lines, and when it was looked at."""
        sampled = await self.sample(video, deadline)
        return await self._read(sampled, deadline), facts_of(sampled)

    async def _look(self, sampled: Sampled, by: Fingerprint, deadline: Deadline) -> Look:
        pictures = [frame.picture for frame in sampled.frames]
        vectors = await self._models.images(pictures, by, deadline)
        representative = sampled.frames.index(sampled.representative)
        return Look(pooled(vectors, representative), tuple(vectors))

    async def _read(self, sampled: Sampled, deadline: Deadline) -> Writing:
        """The lines of all frames, one after the other.

        Where one frame can't be read, nothing is known of the video's text, as of a picture's;
        those that were read before are remembered for the next time.
        """
        shown: list[TextLine] = []
        shares: list[float] = []
        for frame in sampled.frames:
            lines = await self._models.frame_lines(frame.picture, deadline)
            boxes = [line.box for line in lines]
            shares.append(text_coverage(boxes, frame.picture.width, frame.picture.height))
            shown.extend(_placed(line, frame, sampled) for line in lines)
        # Beside the event loop: hundreds of lines of small print are compared pair by pair.
        return Writing(await asyncio.to_thread(distinct, shown), fmean(shares))


def facts_of(sampled: Sampled) -> VideoFacts:
    """What is told of it."""
    return VideoFacts(
        duration_s=sampled.duration_s,
        frame_times_s=tuple(frame.time_s for frame in sampled.frames),
        representative_time_s=sampled.representative.time_s,
    )


def _placed(line: TextLine, frame: Frame, sampled: Sampled) -> TextLine:
    """A line of a frame at its time, in pixels of the upright video."""
    across = sampled.width / frame.picture.width
    down = sampled.height / frame.picture.height
    box = tuple((x * across, y * down) for x, y in line.box)
    return replace(line, box=box, time_s=frame.time_s)
