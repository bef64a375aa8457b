"""How long a request may take, by what it brings."""

from dataclasses import dataclass

from orchestrator.content.video import Medium, Video
from orchestrator.deadline import Deadline


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds for all model calls about one medium; about a video, its decoding included."""

    other_s: float
    video_s: float

    def deadline(self, medium: Medium | None) -> Deadline:
        """The deadline of all that is asked about a medium from now on."""
        return Deadline.after(self.video_s if isinstance(medium, Video) else self.other_s)
