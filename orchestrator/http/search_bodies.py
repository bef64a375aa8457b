"""What searches are asked with, and what they answer."""

from typing import Annotated, Any

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, Field, Json, model_validator

from orchestrator.extraction.content_type import ContentType
from orchestrator.http.dependencies import Id
from orchestrator.http.filters import FilterRequest
from orchestrator.http.given_vectors import Components
from orchestrator.search.search import Hit
from ranking.hybrid import HybridWeights

Limit = Annotated[int, Field(ge=1, le=100)]
_Weight = Annotated[float, Field(allow_inf_nan=False)]


class WeightsRequest(BaseModel):
    """How much each side counts; only the proportion matters."""

    model_config = ConfigDict(extra="forbid")

    visual: _Weight = HybridWeights().visual
    text: _Weight = HybridWeights().text

    @model_validator(mode="after")
    def _add_up(self) -> "WeightsRequest":
        self.as_weights()
        return self

    def as_weights(self) -> HybridWeights:
        """The ranker's own weights; ValueError says what is wrong with them."""
        return HybridWeights(self.visual, self.text)


class SearchRequest(BaseModel):
    """One query: the vectors of a stored post, a text, or a vector of any norm but 0."""

    model_config = ConfigDict(extra="forbid")

    media_id: Id | None = None
    text: str | None = None
    vector: Components | None = None
    limit: Limit = 10
    filter: FilterRequest = FilterRequest()

    @model_validator(mode="after")
    def _one_query(self) -> "SearchRequest":
        _exactly_one(self, "media_id", "text", "vector")
        return self


class HybridSearchRequest(BaseModel):
    """One query: the vectors of a stored post, a text, or vectors, of both sides or of one."""

    model_config = ConfigDict(extra="forbid")

    media_id: Id | None = None
    text: str | None = None
    visual_vector: Components | None = None
    text_vector: Components | None = None
    limit: Limit = 10
    filter: FilterRequest = FilterRequest()
    weights: WeightsRequest = WeightsRequest()

    @model_validator(mode="after")
    def _one_query(self) -> "HybridSearchRequest":
        vector = "visual_vector" if self.text_vector is None else "text_vector"
        _exactly_one(self, "media_id", "text", vector)
        return self


class PictureSearchForm(BaseModel):
    """A picture to search by; `filter` is JSON."""

    model_config = ConfigDict(extra="forbid")

    file: UploadFile
    limit: Limit = 10
    filter: Json[FilterRequest] = FilterRequest()


class HybridPictureSearchForm(PictureSearchForm):
    """A picture to search by, and a caption that counts as words in it; `weights` is JSON."""

    caption: str | None = None
    weights: Json[WeightsRequest] = WeightsRequest()


class Found(BaseModel):
    """A post; `contributions` add up to `score`, which of one side is the cosine."""

    media_id: str
    score: float
    contributions: dict[str, float]
    author_id: str
    caption: str | None
    ocr_text: str
    content_type: ContentType


class SearchAnswer(BaseModel):
    """Posts by falling score."""

    items: list[Found]

    @classmethod
    def of(cls, hits: list[Hit]) -> "SearchAnswer":
        """What was found, in its order."""
        return cls.model_validate({"items": [_found(hit) for hit in hits]})


def _exactly_one(request: BaseModel, *names: str) -> None:
    if sum(getattr(request, name) is not None for name in names) != 1:
        raise ValueError(f"give exactly one of {', '.join(names[:-1])} and {names[-1]}")


def _found(hit: Hit) -> dict[str, Any]:
    post = hit.post
    return {
        "media_id": post.media_id,
        "score": hit.score,
        "contributions": hit.contributions,
        "author_id": post.author_id,
        "caption": post.caption,
        "ocr_text": post.ocr_text,
        "content_type": post.content_type,
    }
