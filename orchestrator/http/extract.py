"""POST /extract-multimodal, POST /extract-ocr: analyse without storing."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from orchestrator.content.video import Medium, Video
from orchestrator.extraction.content_type import ContentType
from orchestrator.extraction.extract import Analysis
from orchestrator.extraction.seen import VideoFacts
from orchestrator.extraction.words import text_of
from orchestrator.http.dependencies import (
    Admitted,
    CaptionDep,
    FileForm,
    ServicesDep,
    read_medium,
)
from orchestrator.http.forms import FormRoute
from orchestrator.http.media_answers import Duration, FrameTimes, RepresentativeTime
from orchestrator.inference.models import Fingerprint, TextLine

router = APIRouter(tags=["extraction"], route_class=FormRoute)


class ModelAnswer(BaseModel):
    """Which weights made a vector."""

    fingerprint: str
    weights: Literal["pretrained", "untrained", "tiny"]

    @classmethod
    def of(cls, fingerprint: Fingerprint) -> "ModelAnswer":
        """The part of a fingerprint that callers are told."""
        return cls.model_validate({"fingerprint": fingerprint.id, "weights": fingerprint.weights})


class MediumAnswer(BaseModel):
    """What is told of an uploaded medium; of a picture, null but for the first."""

    media_type: Literal["image", "video"]
    duration_s: Duration
    frame_times_s: FrameTimes
    representative_time_s: RepresentativeTime


class MultimodalAnswer(MediumAnswer):
    """What the models made of an upload.

    Vectors are of unit norm; `text_embedding` is of caption and OCR text together, null where both
    are empty. `alignment_score`: CLIPScore of picture and caption, null without one. Of a video,
    the visual vector is the mean of its frames', and the score the mean of that vector's and the
    best frame's. `degraded` names what a model failed to give.
    """

    visual_embedding: list[float] | None
    text_embedding: list[float] | None
    has_text_embedding: bool
    ocr_text: str
    alignment_score: float | None
    content_type: ContentType
    content_hash: str
    degraded: list[str]
    models: dict[str, ModelAnswer]


class LineAnswer(BaseModel):
    """A line of text; `box` has four corners [x, y] in pixels of the upright picture or video.

    `time_s` is when a video shows it first, of the frames that were read; null for a picture.
    """

    text: str
    confidence: float
    box: list[tuple[float, float]]
    time_s: float | None


class OcrAnswer(MediumAnswer):
    """The text of a picture or a video, line by line in reading order; of a video each once."""

    ocr_text: str
    lines: list[LineAnswer]


@router.post("/extract-multimodal", dependencies=[Admitted])
async def extract_multimodal(
    file: FileForm, caption: CaptionDep, services: ServicesDep
) -> MultimodalAnswer:
    """Vectors, OCR text, alignment and content type of a picture or a video and its caption."""
    medium = await read_medium(file, services.settings)
    deadline = services.settings.time_limits.deadline(medium)
    with services.admission.turn(medium):
        return _answer(medium, await services.extractor.extract(medium, caption, deadline))


@router.post("/extract-ocr", dependencies=[Admitted])
async def extract_ocr(file: FileForm, services: ServicesDep) -> OcrAnswer:
    """The text of a picture or a video."""
    medium = await read_medium(file, services.settings)
    deadline = services.settings.time_limits.deadline(medium)
    with services.admission.turn(medium):
        read = await services.extractor.read_text(medium, deadline)
    return OcrAnswer(
        **_medium(medium, read.video),
        ocr_text=text_of(read.lines),
        lines=[_line(line) for line in read.lines],
    )


def _answer(medium: Medium, analysis: Analysis) -> MultimodalAnswer:
    visual, text = analysis.visual, analysis.text
    return MultimodalAnswer(
        **_medium(medium, analysis.video),
        visual_embedding=None if visual is None else visual.tolist(),
        text_embedding=None if text is None else text.tolist(),
        has_text_embedding=text is not None,
        ocr_text=analysis.ocr_text,
        alignment_score=analysis.alignment,
        content_type=analysis.content_type,
        content_hash=medium.content_hash,
        degraded=list(analysis.degraded),
        models={
            "visual": ModelAnswer.of(analysis.fingerprints.visual),
            "text": ModelAnswer.of(analysis.fingerprints.text),
        },
    )


def _medium(medium: Medium, facts: VideoFacts | None) -> dict[str, Any]:
    """The fields of `MediumAnswer`."""
    return {
        "media_type": "video" if isinstance(medium, Video) else "image",
        "duration_s": facts.duration_s if facts else None,
        "frame_times_s": list(facts.frame_times_s) if facts else None,
        "representative_time_s": facts.representative_time_s if facts else None,
    }


def _line(line: TextLine) -> LineAnswer:
    return LineAnswer(
        text=line.text, confidence=line.confidence, box=list(line.box), time_s=line.time_s
    )
