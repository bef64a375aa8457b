"""What routes tell of a stored post."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from orchestrator.extraction.content_type import ContentType
from orchestrator.store.records import MediaType, StoredPost, Vector


def _null_if_empty(times: object) -> object:
    return times or None


Duration = Annotated[float | None, Field(description="Length of a video; null of anything else")]
FrameTimes = Annotated[
    list[float] | None,
    BeforeValidator(_null_if_empty),
    Field(description="When the frames of a video are shown that the models saw, in order"),
]
RepresentativeTime = Annotated[
    float | None, Field(description="Of the frame that stands for a video, as in its thumbnail")
]


class MediaAnswer(BaseModel):
    """A stored post; `degraded` names what a model failed to give, to be had by the same POST.

    `perceptual_hash`: 64 bits in hex, of which those of a copy of the picture differ in few; null
    where the picture, or the frame that stands for the video, shows too little, such as one colour.
    `media_url`: where the medium can be fetched again; null where nobody said. What is told of a
    video alone is null before it was analysed.
    """

    media_id: str
    author_id: str
    caption: str | None
    ocr_text: str
    content_type: ContentType
    alignment_score: float | None
    has_text_embedding: bool
    likes: int
    comments: int
    created_at: datetime
    media_type: MediaType
    content_hash: str | None
    perceptual_hash: str | None
    media_url: str | None
    duration_s: Duration
    frame_times_s: FrameTimes
    representative_time_s: RepresentativeTime
    model_fingerprint: dict[str, str]
    degraded: list[str]

    @classmethod
    def of(cls, post: StoredPost) -> "MediaAnswer":
        """The answer that tells a post."""
        return cls.model_validate(post, from_attributes=True)


class MediaWithVectors(MediaAnswer):
    """A stored post with its unit vectors, null where it has no such side."""

    visual_embedding: list[float] | None
    text_embedding: list[float] | None

    @classmethod
    def of(cls, post: StoredPost) -> "MediaWithVectors":
        """The answer that tells a post that was read with its vectors."""
        return cls(
            **MediaAnswer.of(post).model_dump(),
            visual_embedding=_listed(post.visual),
            text_embedding=_listed(post.text),
        )


def _listed(vector: Vector | None) -> list[float] | None:
    return None if vector is None else vector.tolist()
