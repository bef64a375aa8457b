"""POST /extract-multimodal, POST /extract-ocr: analyse without storing."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from orchestrator.extraction.content_type import ContentType
from orchestrator.extraction.extract import Analysis
from orchestrator.http.dependencies import (
    Admitted,
    CaptionDep,
    DeadlineDep,
    FileForm,
    ServicesDep,
    read_picture,
)
from orchestrator.http.forms import FormRoute
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


class MultimodalAnswer(BaseModel):
    """What the models made of an upload.

    Vectors are of unit norm; `text_embedding` is of caption and OCR text together, null where both
    are empty. `alignment_score`: CLIPScore of picture and caption, null without one. `degraded`
    names what a model failed to give.
    """

    visual_embedding: list[float] | None
    text_embedding: list[float] | None
    has_text_embedding: bool
    ocr_text: str
    alignment_score: float | None
    content_type: ContentType
    media_type: Literal["image"] = "image"
    content_hash: str
    degraded: list[str]
    models: dict[str, ModelAnswer]


class LineAnswer(BaseModel):
    """A line of text; `box` has four corners [x, y] in pixels of the upright picture."""

    text: str
    confidence: float
    box: list[tuple[float, float]]


class OcrAnswer(BaseModel):
    """The text of a picture, line by line in reading order."""

    ocr_text: str
    lines: list[LineAnswer]


@router.post("/extract-multimodal", dependencies=[Admitted])
async def extract_multimodal(
    file: FileForm, caption: CaptionDep, services: ServicesDep, deadline: DeadlineDep
) -> MultimodalAnswer:
    """Vectors, OCR text, alignment and content type of a picture and its caption."""
    picture = await read_picture(file, services.settings)
    analysis = await services.extractor.extract(picture, caption, deadline)
    return _answer(analysis, picture.content_hash)


@router.post("/extract-ocr", dependencies=[Admitted])
async def extract_ocr(file: FileForm, services: ServicesDep, deadline: DeadlineDep) -> OcrAnswer:
    """The text of a picture."""
    picture = await read_picture(file, services.settings)
    lines = await services.extractor.read_text(picture, deadline)
    return OcrAnswer(
        ocr_text="\n".join(line.text for line in lines), lines=[_line(line) for line in lines]
    )


def _answer(analysis: Analysis, content_hash: str) -> MultimodalAnswer:
    visual, text = analysis.visual, analysis.text
    return MultimodalAnswer(
        visual_embedding=None if visual is None else visual.tolist(),
        text_embedding=None if text is None else text.tolist(),
        has_text_embedding=text is not None,
        ocr_text=analysis.ocr_text,
        alignment_score=analysis.alignment,
        content_type=analysis.content_type,
        content_hash=content_hash,
        degraded=list(analysis.degraded),
        models={
            "visual": ModelAnswer.of(analysis.fingerprints.visual),
            "text": ModelAnswer.of(analysis.fingerprints.text),
        },
    )


def _line(line: TextLine) -> LineAnswer:
    return LineAnswer(text=line.text, confidence=line.confidence, box=list(line.box))
