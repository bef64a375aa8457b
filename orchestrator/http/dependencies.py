"""What routes take from the app and from the request."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from typing import Annotated

from fastapi import Depends, File, Form, Request, UploadFile
from pydantic import AfterValidator, AwareDatetime, StringConstraints

from orchestrator.content.picture import Picture, inspect
from orchestrator.deadline import Deadline
from orchestrator.errors import InvalidRequest, TooLarge
from orchestrator.media.errors import BadAddress
from orchestrator.media.locations import read_location
from orchestrator.services import Services
from orchestrator.settings import Settings


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not hold control characters")
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def _location(media_url: str) -> str:
    try:
        read_location(media_url)
    except BadAddress as exc:
        raise ValueError(exc.detail) from exc
    return media_url


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError as exc:
        raise ValueError("lies outside the calendar") from exc


Id = Annotated[str, StringConstraints(min_length=1, max_length=256), AfterValidator(_printable)]
"""Any printable string of at most 256 characters."""

MediaUrl = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2048),
    AfterValidator(_printable),
    AfterValidator(_location),
]
"""Where a medium can be fetched again: a path under the media folder, or an HTTP address."""

Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A date and time with its offset from UTC."""


def get_services(request: Request) -> Services:
    """The services of the running app, with the models that serve now."""
    services: Services = request.app.state.services
    return services.serving_now()


ServicesDep = Annotated[Services, Depends(get_services)]


def get_deadline(services: ServicesDep) -> Deadline:
    """The deadline of all model calls of this request."""
    return Deadline.after(services.settings.deadline_s)


DeadlineDep = Annotated[Deadline, Depends(get_deadline)]


async def hold_place(services: ServicesDep) -> AsyncIterator[None]:
    """Holds one of the places for extractions until the request is answered."""
    with services.admission.place():
        yield


Admitted = Depends(hold_place)
"""For routes that extract; their uploads lie on disk, not in memory, until they are admitted."""


def get_caption(
    services: ServicesDep,
    caption: Annotated[str | None, Form(description="Blank is the same as none")] = None,
) -> str | None:
    """The caption without surrounding space; None for a blank one."""
    if caption is None:
        return None
    return check_text(caption, services.settings) or None


CaptionDep = Annotated[str | None, Depends(get_caption)]

FILE = File(description="JPEG, PNG, WebP, GIF, BMP or AVIF, by content")
FileForm = Annotated[UploadFile, FILE]


async def read_picture(file: UploadFile, settings: Settings) -> Picture:
    """An uploaded file as a picture that may be decoded."""
    data = await file.read()
    return await asyncio.to_thread(inspect, data, max_pixels=settings.max_pixels)


def check_text(text: str, settings: Settings) -> str:
    """A text that can be encoded, of acceptable length, without surrounding space."""
    stripped = text.strip()
    try:
        stripped.encode()
    except UnicodeEncodeError as exc:
        raise InvalidRequest("the text holds half a surrogate pair, which is no character") from exc
    if len(stripped) > settings.max_caption_chars:
        raise TooLarge(
            f"the text has {len(stripped):,} characters; "
            f"at most {settings.max_caption_chars:,} are accepted"
        )
    return stripped


def check_moment(name: str, moment: datetime, services: Services) -> datetime:
    """A moment that has been: not before 1970, not in the future but for the clocks' skew."""
    if moment.timestamp() < 0:
        raise InvalidRequest(f"{name} is before 1970: {moment.isoformat()}")
    latest = services.now() + timedelta(seconds=services.settings.clock_skew_s)
    if moment > latest:
        raise InvalidRequest(f"{name} lies in the future: {moment.isoformat()}")
    return moment
