"""POST /v1/events: what viewers did."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from orchestrator.errors import Conflict, NotFound
from orchestrator.feed.sessions import Reaction
from orchestrator.http.dependencies import Id, Moment, ServicesDep, check_moment
from orchestrator.services import Services
from orchestrator.store.records import Event, Kind

router = APIRouter(prefix="/v1/events", tags=["events"])

MAX_BATCH = 1000


class EventRequest(BaseModel):
    """One event; `value` is in the kind's own unit, such as seconds of a dwell.

    `hide_author` hides all posts of this post's author from the viewer.
    """

    model_config = ConfigDict(extra="forbid")

    event_id: Id
    user_id: Id
    media_id: Id
    kind: Kind
    value: Annotated[float | None, Field(allow_inf_nan=False)] = None
    at: Moment


class EventsRequest(BaseModel):
    """A batch that is written whole or not at all."""

    model_config = ConfigDict(extra="forbid")

    events: Annotated[list[EventRequest], Field(min_length=1, max_length=MAX_BATCH)]


class EventsAnswer(BaseModel):
    """How many were written, and how many were left out as known."""

    accepted: int
    skipped: int


@router.post("", status_code=201)
async def post_events(
    request: EventsRequest,
    services: ServicesDep,
    on_duplicate: Annotated[
        Literal["reject", "skip"],
        Query(description="skip leaves out events that are recorded, for senders that retry"),
    ] = "reject",
) -> EventsAnswer:
    """Record events, each with the variant of the feed that served its post to the viewer.

    They do not change a post's counters, which are the caller's.
    """
    moments = [_moment(event, services) for event in request.events]
    _no_repeats(request.events)
    authors = await _authors(request.events, services)
    variants = await services.shared.sessions.served_by(
        [
            Reaction(event.user_id, event.media_id, at)
            for event, at in zip(request.events, moments, strict=True)
        ]
    )
    events = [
        _event(event, at, authors[event.media_id], variant)
        for event, at, variant in zip(request.events, moments, variants, strict=True)
    ]
    accepted = await services.store.add_events(events, skip_known=on_duplicate == "skip")
    if accepted == len(events):
        services.note(events)
    else:
        # Which of them were known already, and with what contents, the store knows.
        services.forget({event.user_id for event in events})
    await services.profiles.announce(events)
    return EventsAnswer(accepted=accepted, skipped=len(events) - accepted)


def _moment(event: EventRequest, services: Services) -> datetime:
    return check_moment(f"event {event.event_id!r}: at", event.at, services)


def _event(event: EventRequest, at: datetime, author_id: str | None, variant: str | None) -> Event:
    return Event(
        event_id=event.event_id,
        user_id=event.user_id,
        media_id=event.media_id,
        kind=event.kind,
        value=event.value,
        at=at,
        author_id=author_id,
        variant=variant,
    )


def _no_repeats(events: list[EventRequest]) -> None:
    """An id twice in one batch is a mistake of the sender's, not a retry."""
    counts = Counter(event.event_id for event in events)
    repeated = sorted(event_id for event_id, count in counts.items() if count > 1)
    if repeated:
        raise Conflict(
            f"{len(repeated)} event ids stand twice in the batch; none was written",
            members={"duplicates": repeated},
        )


async def _authors(events: list[EventRequest], services: Services) -> dict[str, str | None]:
    """The authors of the events' posts, by media id; NotFound names posts that do not exist.

    A post that is only in the legacy collection exists where feeds show such.
    """
    asked = sorted({event.media_id for event in events})
    posts = await services.store.get_posts(asked)
    authors: dict[str, str | None] = {name: post.author_id for name, post in posts.items()}
    missing = sorted(set(asked) - authors.keys())
    if missing and services.legacy and services.legacy.parameters.read:
        old = await services.legacy.store.get(missing)
        authors |= {name: post.author_id for name, post in old.items()}
        missing = sorted(set(asked) - authors.keys())
    if missing:
        raise NotFound(
            f"{len(missing)} of the posts do not exist, such as {missing[0]!r}; "
            "no event was written",
            members={"media_ids": missing},
        )
    return authors
