"""An upload, and the post that the models make of it."""

from dataclasses import dataclass
from datetime import datetime

from orchestrator.content.video import Medium, Video
from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable
from orchestrator.extraction.extract import Analysis, Extractor
from orchestrator.extraction.together import together
from orchestrator.store.records import MediaType, Schema, StoredPost

_UNANALYSED = ("visual", "ocr", "text", "perceptual_hash")


@dataclass(frozen=True, slots=True)
class Upload:
    """A post as its author made it: a medium, a caption, or both; `media_url` as `StoredPost`."""

    media_id: str
    author_id: str
    medium: Medium | None
    caption: str | None
    created_at: datetime
    likes: int
    comments: int
    media_url: str | None = None

    @property
    def content_hash(self) -> str | None:
        """The medium's hash."""
        return self.medium.content_hash if self.medium else None

    @property
    def media_type(self) -> MediaType:
        """What it is stored as."""
        if self.medium is None:
            return "text"
        return "video" if isinstance(self.medium, Video) else "image"


@dataclass(frozen=True, slots=True)
class _Hashed:
    """A medium's perceptual hash; None where it has none, or could not be had."""

    value: str | None
    degraded: tuple[str, ...] = ()


async def extract_post(
    extractor: Extractor, upload: Upload, deadline: Deadline, *, kept: StoredPost | None = None
) -> StoredPost:
    """The post of an upload; counters and date of one that is `kept` already stay.

    A video is asked for twice at once, of a decoder that joins the two. Raises what
    `Extractor.extract` raises.
    """
    analysis, hashed = await together(
        extractor.extract(upload.medium, upload.caption, deadline),
        _hash(extractor, upload.medium, deadline),
    )
    return _post(upload, kept or upload, analysis, hashed)


async def _hash(extractor: Extractor, medium: Medium | None, deadline: Deadline) -> _Hashed:
    if medium is None:
        return _Hashed(None)
    try:
        return _Hashed(await extractor.perceptual_hash(medium, deadline))
    except InferenceUnavailable:
        return _Hashed(None, degraded=("perceptual_hash",))


def unanalysed_post(upload: Upload, schema: Schema) -> StoredPost:
    """A post of which the models said nothing: the same upload has it analysed later.

    Of a video not even the length is told: no frame of it is kept that could be shown.
    """
    return StoredPost(
        media_id=upload.media_id,
        author_id=upload.author_id,
        caption=upload.caption,
        ocr_text="",
        content_type="mixed",
        alignment_score=None,
        has_text_embedding=False,
        likes=upload.likes,
        comments=upload.comments,
        created_at=upload.created_at,
        media_type=upload.media_type,
        content_hash=upload.content_hash,
        model_fingerprint=schema.fingerprints,
        degraded=(*_UNANALYSED, *(["alignment"] if upload.caption else [])),
        media_url=upload.media_url,
    )


def _post(
    upload: Upload, kept: StoredPost | Upload, analysis: Analysis, hashed: _Hashed
) -> StoredPost:
    """A post of what was extracted, with counters, date and address of `kept`."""
    video = analysis.video
    return StoredPost(
        media_id=upload.media_id,
        author_id=upload.author_id,
        caption=upload.caption,
        ocr_text=analysis.ocr_text,
        content_type=analysis.content_type,
        alignment_score=analysis.alignment,
        has_text_embedding=analysis.text is not None,
        likes=kept.likes,
        comments=kept.comments,
        created_at=kept.created_at,
        media_type=upload.media_type,
        content_hash=upload.content_hash,
        model_fingerprint={
            "visual": analysis.fingerprints.visual.id,
            "text": analysis.fingerprints.text.id,
        },
        degraded=analysis.degraded + hashed.degraded,
        perceptual_hash=hashed.value,
        media_url=kept.media_url,
        duration_s=video.duration_s if video else None,
        frame_times_s=video.frame_times_s if video else (),
        representative_time_s=video.representative_time_s if video else None,
        visual=analysis.visual,
        text=analysis.text,
    )
