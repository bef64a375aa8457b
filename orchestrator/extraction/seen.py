"""What the models saw in a picture or in a video."""

from dataclasses import dataclass

from orchestrator.extraction.alignment import alignment_score, video_alignment_score
from orchestrator.inference.models import TextLine, Vector


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What is told of a video: its length, and of which moments its frames are, in order.

    `representative_time_s` is that of the frame which stands for all of it.
    """

    duration_s: float
    frame_times_s: tuple[float, ...]
    representative_time_s: float


@dataclass(frozen=True, slots=True)
class Look:
    """The visual vector of a medium, and those of a video's `frames`; a picture has none."""

    vector: Vector
    frames: tuple[Vector, ...] = ()

    def alignment(self, caption: Vector) -> float:
        """How well a caption, by its vector, describes the medium."""
        if not self.frames:
            return alignment_score(self.vector, caption)
        return video_alignment_score(self.vector, self.frames, caption)


@dataclass(frozen=True, slots=True)
class Writing:
    """The text in a medium: its lines, and the share of the picture that text covers.

    In a video, the mean of its frames' shares.
    """

    lines: tuple[TextLine, ...] = ()
    coverage: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was seen; None for what a model failed to give. `video` is None for a picture."""

    look: Look | None = None
    writing: Writing | None = None
    video: VideoFacts | None = None
