"""What callers say of a viewer, besides events: a history of their own, or vectors."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from orchestrator.errors import InvalidRequest
from orchestrator.http.dependencies import Id, Moment, check_moment
from orchestrator.http.given_vectors import unit_vector
from orchestrator.services import Services
from orchestrator.store.records import Event, Kind, Modality
from ranking.types import Interest, Taste, Viewer

MAX_HISTORY = 5000


class HistoryEvent(BaseModel):
    """Something the viewer did; without `at`, now."""

    model_config = ConfigDict(extra="forbid")

    media_id: Id
    kind: Kind = "like"
    value: Annotated[float | None, Field(allow_inf_nan=False)] = None
    at: Moment | None = None


History = Annotated[list[HistoryEvent], Field(min_length=1, max_length=MAX_HISTORY)]


class VectorsRequest(BaseModel):
    """A viewer's vectors, of any norm but 0; one that is left out is unknown."""

    model_config = ConfigDict(extra="forbid")

    visual: list[float] | None = None
    text: list[float] | None = None

    def viewer(self, services: Services) -> Viewer:
        """The viewer whose mean vectors these are; InvalidRequest for vectors that are none."""
        visual, text = services.fingerprints.visual, services.fingerprints.text
        if self.visual is None and self.text is None:
            raise InvalidRequest("vectors: give visual, text, or both")
        return Viewer(
            _taste("visual", self.visual, visual.dimension),
            _taste("text", self.text, text.dimension),
        )


def history_events(history: list[HistoryEvent], user_id: str, services: Services) -> list[Event]:
    """A given history as events."""
    now = services.now()
    return [
        Event(
            event_id=f"given-{number}",
            user_id=user_id,
            media_id=event.media_id,
            kind=event.kind,
            value=event.value,
            at=check_moment(f"history.{number}.at", event.at or now, services),
        )
        for number, event in enumerate(history)
    ]


def _taste(modality: Modality, components: list[float] | None, dimension: int) -> Taste:
    if components is None:
        return Taste()
    unit = unit_vector(f"vectors.{modality}", components, dimension)
    return Taste(interests=(Interest(unit),))
