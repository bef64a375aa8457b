"""Conditions on the posts that a search may find."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestrator.extraction.content_type import ContentType
from orchestrator.http.dependencies import Id, Moment
from orchestrator.store.records import Bounds, MediaType, PostFilter

_Some = Field(max_length=100)
_Counter = Annotated[int, Field(ge=0, le=10**15)]
_Alignment = Annotated[float, Field(ge=0, le=1)]


class FilterRequest(BaseModel):
    """Conditions that posts must all meet; an empty list is no condition.

    Counters and alignment lie from `min_…` to `max_…`, both included; a post without an alignment
    score meets no condition on it. Dates lie after `created_after`, before `created_before`.
    """

    model_config = ConfigDict(extra="forbid")

    author_ids: Annotated[list[Id], _Some] = []
    content_types: Annotated[list[ContentType], _Some] = []
    media_types: Annotated[list[MediaType], _Some] = []
    created_after: Moment | None = None
    created_before: Moment | None = None
    min_likes: _Counter | None = None
    max_likes: _Counter | None = None
    min_comments: _Counter | None = None
    max_comments: _Counter | None = None
    min_alignment: _Alignment | None = None
    max_alignment: _Alignment | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> "FilterRequest":
        for low, high in (
            ("min_likes", "max_likes"),
            ("min_comments", "max_comments"),
            ("min_alignment", "max_alignment"),
            ("created_after", "created_before"),
        ):
            least: float | datetime | None = getattr(self, low)
            most: float | datetime | None = getattr(self, high)
            if least is not None and most is not None and least > most:  # type: ignore[operator]
                raise ValueError(f"{low} is above {high}")
        return self

    def as_filter(self) -> PostFilter:
        """The store's own filter."""
        return PostFilter(
            author_ids=tuple(self.author_ids),
            content_types=tuple(self.content_types),
            media_types=tuple(self.media_types),
            created_after=self.created_after,
            created_before=self.created_before,
            likes=Bounds(self.min_likes, self.max_likes),
            comments=Bounds(self.min_comments, self.max_comments),
            alignment=Bounds(self.min_alignment, self.max_alignment),
        )
